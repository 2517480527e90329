import { type Frame, type Origin, origins } from './frame.ts';
import type { Box } from './layout.ts';

export interface Drawing {
  readonly title: string;
  readonly caption: string;
  readonly boxes: readonly Box[];
  /** Of the work, by where its code is from. */
  readonly shares: ReadonlyMap<Origin, number>;
}

const width = 1200;
const margin = 16;
const rowHeight = 18;
const headHeight = 92;
const fontPx = 11;
/** Of a letter of any usual monospaced font, with a little to spare. */
const letterPx = fontPx * 0.61;

/** Light enough for dark letters, and told apart without red and green. */
const colours: Readonly<Record<Origin, string>> = {
  src: '#f9b36b',
  node: '#a3d39c',
  undici: '#8fc1ea',
  hono: '#f4a3b5',
  'other packages': '#cdb4ea',
  'native, GC': '#cfd3d8',
};

const style = `
text { font: ${fontPx}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328 }
.title { font: 600 17px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.caption { font: 12.5px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #57606a }
.frame rect { stroke: #fff; stroke-width: 0.8; rx: 2px }
${origins.map((origin, index) => `.o${index} { fill: ${colours[origin]} }`).join('\n')}
`;

/** A picture that needs no script, on a ground of its own: it is looked at on light pages and on dark ones. */
export function svg({ title, caption, boxes, shares }: Drawing): string {
  const levels = Math.max(...boxes.map(({ level }) => level)) + 1;
  const height = headHeight + levels * rowHeight + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" rx="6" fill="#fff" stroke="#d0d7de"/>`,
    `<text class="title" x="${margin}" y="30">${escaped(title)}</text>`,
    `<text class="caption" x="${margin}" y="50">${escaped(caption)}</text>`,
    legend(shares),
    ...boxes.map((box) => drawn(box, height)),
    '</svg>\n',
  ].join('\n');
}

function legend(shares: ReadonlyMap<Origin, number>): string {
  let x = margin;
  const entries = origins.map((origin, index) => {
    const text = `${origin} ${percent(shares.get(origin)!)}`;
    const entry = `<rect class="o${index}" x="${x}" y="62" width="13" height="13" rx="2"/><text x="${x + 19}" y="73">${escaped(text)}</text>`;
    x += Math.ceil(19 + text.length * letterPx + 24);
    return entry;
  });
  return entries.join('\n');
}

/** The event loop is at the bottom. */
function drawn({ frame, level, start, share, ownShare }: Box, height: number): string {
  const inner = width - 2 * margin;
  const x = margin + start * inner;
  const boxWidth = share * inner;
  const y = height - margin - (level + 1) * rowHeight;
  const label = fitting(frame, boxWidth);
  const text = label && `<text x="${px(x + 4)}" y="${y + 13}">${escaped(label)}</text>`;
  const title = `${frame.name}: ${percent(share)}, itself ${percent(ownShare)}`;
  const rect = `<rect class="o${origins.indexOf(frame.origin)}" x="${px(x)}" y="${y}" width="${px(boxWidth)}" height="${rowHeight}"/>`;
  return `<g class="frame"><title>${escaped(title)}</title>${rect}${text}</g>`;
}

/** The whole name or what there is room for of the short one; nothing where that would say nothing. */
function fitting({ name, short }: Frame, boxWidth: number): string {
  const letters = Math.floor((boxWidth - 8) / letterPx);
  const text = [name, short].find(({ length }) => length <= letters);
  if (text !== undefined) return text;
  return letters < 4 ? '' : `${short.slice(0, letters - 1).trimEnd()}…`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function px(value: number): string {
  return String(Number(value.toFixed(1)));
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For text in XML, which has no place for control characters at all. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').replace(/[&<>"]/g, (character) => entities[character]!);
}
