import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { anonymousId, consumerIdPattern } from '../consumer.ts';
import { bytesOfKey, hashOf, makeApiKey } from '../consumers/api-key.ts';
import type { CommandMaker } from './command.ts';

/** `runway key`: what is done with API keys. */
export const keyCommand: CommandMaker = () => new Command('key').description('make API keys').addCommand(newCommand());

const newCommand = () =>
  new Command('new')
    .description('make an API key: it is printed once, and its hash goes into the configuration file')
    .argument('<consumer>', 'id of the consumer it is for', consumerId)
    .option('--json', 'print key and hash as JSON')
    .action((consumer: string, { json }: { json?: true }) => {
      const key = makeApiKey(consumer, randomBytes(bytesOfKey));
      const hash = `sha256:${hashOf(key)}`;
      process.stdout.write(json ? `${JSON.stringify({ consumer, key, hash })}\n` : instructions(consumer, key, hash));
    });

function consumerId(text: string): string {
  if (text === anonymousId) throw new InvalidArgumentError('anonymous is who calls without a key.');
  if (consumerIdPattern.test(text)) return text;
  throw new InvalidArgumentError('allowed are 1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit.');
}

/** As a key of a YAML map: some ids would be read as a number or a truth value. */
function yamlKey(id: string): string {
  return /^\d|^(?:true|false|null)$/i.test(id) ? `"${id}"` : id;
}

function instructions(consumer: string, key: string, hash: string): string {
  return `key   ${key}
hash  ${hash}

The key is shown this once: give it to ${consumer}, who sends it as "Authorization: Bearer KEY" or "X-Api-Key: KEY".
The hash goes into the configuration file:

consumers:
  ${yamlKey(consumer)}:
    keys: [ "${hash}" ]
`;
}
