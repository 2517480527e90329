import { convertIndexedToRgb, decode, encode } from 'fast-png';

const maxPixels = 16_000_000;
const swatchSide = 16;

/** { image: Base64 of a PNG } -> { width, height, dominantColour: '#rrggbb', swatch: Base64 of a small PNG }. */
export const handler = async (event) => {
  const bytes = Buffer.from(typeof event.image === 'string' ? event.image : '', 'base64');
  const { width, height } = sizeOf(bytes);
  if (width * height > maxPixels) throw new RangeError(`the image has ${width} × ${height} pixels, allowed are ${maxPixels} in all`);
  const colour = dominantColour(decode(bytes));
  return { width, height, dominantColour: hex(colour), swatch: swatchOf(colour) };
};

/** From the header alone, so that a small file cannot unfold into gigabytes. Source: PNG specification, section 11.2.1. */
function sizeOf(bytes) {
  const isPng = bytes.length >= 24 && bytes.readBigUInt64BE(0) === 0x89504e470d0a1a0an && bytes.toString('latin1', 12, 16) === 'IHDR';
  if (!isPng) throw new TypeError(`image has ${bytes.length} bytes that are not a PNG, allowed is a PNG in Base64`);
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** The average of the most frequent colour, where colours with the same upper four bits in each channel count as one. */
function dominantColour(png) {
  const { data, channels, scale } = samplesOf(png);
  const isGrey = channels < 3;
  const hasAlpha = channels % 2 === 0;
  const sums = new Float64Array(4096 * 4);
  let most = 0;
  for (let at = 0; at < data.length; at += channels) {
    if (hasAlpha && data[at + channels - 1] * scale < 128) continue;
    const red = data[at] * scale;
    const green = isGrey ? red : data[at + 1] * scale;
    const blue = isGrey ? red : data[at + 2] * scale;
    const bucket = (((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4)) * 4;
    sums[bucket] += 1;
    sums[bucket + 1] += red;
    sums[bucket + 2] += green;
    sums[bucket + 3] += blue;
    if (sums[bucket] > sums[most]) most = bucket;
  }
  const count = Math.max(1, sums[most]);
  return [1, 2, 3].map((channel) => Math.round(sums[most + channel] / count));
}

/** Whole bytes or words for each channel; `scale` brings them to 0 to 255. */
function samplesOf(png) {
  const { depth, channels, data } = png;
  const palette = png.palette ?? (depth < 8 ? greys(depth) : undefined);
  if (palette) return { data: convertIndexedToRgb({ ...png, palette }), channels: palette[0].length, scale: 1 };
  return { data, channels, scale: depth === 16 ? 1 / 257 : 1 };
}

/** Grey images of less than a byte for each pixel are packed as indexed ones are. */
function greys(depth) {
  const brightest = 2 ** depth - 1;
  return Array.from({ length: brightest + 1 }, (_, level) => Array(3).fill((level * 255) / brightest));
}

function hex(colour) {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function swatchOf(colour) {
  const data = Uint8Array.from({ length: swatchSide * swatchSide * 3 }, (_, at) => colour[at % 3]);
  return Buffer.from(encode({ width: swatchSide, height: swatchSide, data, depth: 8, channels: 3 })).toString('base64');
}
