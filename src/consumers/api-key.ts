import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { apiKeyPattern, consumerIdPattern } from '../consumer.ts';

/**
 * An API key, in four parts:
 *
 *     rw_billing_2kD0…27 characters…XcA1b2C3d
 *     rw_                                     what scanners look for
 *        billing_                             the consumer it was made for, so that who finds a leaked key knows whom to tell;
 *                                             it decides nothing, since a key is looked up by its hash
 *                2kD0…27 characters…Xc        160 random bits, in base 62
 *                                     A1b2C3  CRC-32 of all before it, in base 62: a mistyped key is refused without a look-up
 */
export function makeApiKey(consumer: string, random: Uint8Array): string {
  if (!consumerIdPattern.test(consumer))
    throw new TypeError(`A key cannot be made for ${JSON.stringify(consumer)}, which is no consumer's id`);
  if (random.length !== bytesOfKey) throw new TypeError(`A key is made of ${bytesOfKey} random bytes, not of ${random.length}`);
  const unchecked = `rw_${consumer}_${base62(BigInt(`0x${Buffer.from(random).toString('hex')}`), randomDigits)}`;
  return unchecked + checksumOf(unchecked);
}

/** 160 bits: nobody guesses them, so that a plain hash of them is enough. */
export const bytesOfKey = 20;
const randomDigits = 27;
const checksumDigits = 6;

const wholeKey = new RegExp(`^${apiKeyPattern.source}$`);

/** Whether `text` can be a key at all: its form and its checksum. */
export function isApiKey(text: string): boolean {
  return wholeKey.test(text) && text.endsWith(checksumOf(text.slice(0, -checksumDigits)));
}

/** SHA-256 of the whole key, in hex. */
export function hashOf(key: string): string {
  return hash('sha256', key, 'hex');
}

function checksumOf(text: string): string {
  let digitsOfSum = '';
  for (let rest = crc32(text); digitsOfSum.length < checksumDigits; rest = Math.floor(rest / 62))
    digitsOfSum = digits[rest % 62] + digitsOfSum;
  return digitsOfSum;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Always of the same length. */
function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = digits[Number(rest % 62n)] + text;
  return text;
}
