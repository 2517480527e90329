import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOf } from '../plan.ts';
import { requireTools } from '../programs/tools.ts';
import { fold } from './fold.ts';
import { namer } from './frame.ts';
import { layout, sharesOf } from './layout.ts';
import { connections, record } from './record.ts';
import { svg } from './svg.ts';

const root = join(import.meta.dirname, '../../..');

/** Narrower frames would be less than 4 pixels wide. */
const minShare = 0.003;

/** Says what it has written. */
async function draw(file: string, seconds: number): Promise<string> {
  requireTools();
  const folder = mkdtempSync(join(tmpdir(), 'runway-flame-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { profile, span } = await record(folder, seconds);
  const stack = fold(profile, span, namer(root));
  if (stack.samples === 0) throw new Error('the profile has nothing of the time of the load');
  const samples = `${stack.samples.toLocaleString('en')} samples`;
  const picture = svg({
    title: 'Where the time of a call goes',
    caption: `runway serve, calls with a key and two limits on ${connections} connections; ${samples} of a working thread, Node ${process.version}; frames below 0.3 % are left out`,
    boxes: layout(stack, minShare),
    shares: sharesOf(stack),
  });
  writeFileSync(file, picture);
  return `${relative(process.cwd(), file)}: ${Math.ceil(picture.length / 1_024)} KB, ${samples}`;
}

// What was started ends with this process; for that it must end by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

// npm run bench:flame [-- --seconds N] [-- --out FILE]
try {
  const { values } = parseArgs({
    options: { seconds: { type: 'string' }, out: { type: 'string', default: join(root, 'docs/call-flame.svg') } },
  });
  console.log(await draw(values.out, numberOf('--seconds', values.seconds, 1, 600) ?? 10));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
