import { styleText } from 'node:util';
import { callMessage } from './call-log.ts';

type Style = 'red' | 'yellow' | 'green' | 'dim';
type Paint = (style: Style, text: string) => string;

/** Takes lines, each with its newline. */
export interface Lines {
  write(line: string): unknown;
}

/** What a line of JSON holds beside its fields. */
interface Line extends Readonly<Record<string, unknown>> {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
}

/** The fields of a call's line that are shown, see `callFields`. */
interface CallLine {
  readonly requestId: string;
  readonly function: string;
  readonly consumer: string;
  readonly outcome: string;
  readonly problem?: string;
  readonly status: number;
  readonly totalMs: number;
  readonly attempts?: number;
  readonly upstreamMs?: number;
  readonly cache?: string;
  readonly cacheTier?: string;
  readonly replayed?: true;
  readonly sampled?: number;
  readonly unsaid?: number;
}

const paintWith: Paint = (style, text) => (text === '' ? text : styleText(style, text, { validateStream: false }));
const plain: Paint = (_style, text) => text;
/** A longer name pushes its own line aside, not everybody's. */
const nameColumn = 16;
const msColumn = 11;

/** Writes each line of JSON for people: `12:30:05 warn Redis is away reason="timeout"`, and calls in columns. */
export function terminalLines(terminal: Lines, { colours }: { readonly colours: boolean }): Lines {
  const paint = colours ? paintWith : plain;
  return {
    write(line) {
      const { time, level, msg, ...fields } = JSON.parse(line) as Line;
      const shown = msg === callMessage ? callText(fields as unknown as CallLine, paint) : text(level, msg, fields, paint);
      terminal.write(`${paint('dim', time.slice(11, 19))} ${shown}\n`);
    },
  };
}

function text(level: string, msg: string, fields: object, paint: Paint): string {
  const style = { error: 'red', warn: 'yellow' }[level] as Style | undefined;
  const shown = Object.entries(fields).map(([key, value]) => ` ${key}=${withoutControls(JSON.stringify(value))}`);
  return `${style ? paint(style, level) : level} ${msg}${paint('dim', shown.join(''))}`;
}

/** JSON leaves some characters as they are that move a terminal's cursor or turn its text around. */
function withoutControls(json = ''): string {
  return json.replace(
    /[\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `200 hello              12.3 ms  upstream 11.8 ms  3c9d1e…` */
function callText(call: CallLine, paint: Paint): string {
  const { status, totalMs, requestId } = call;
  const style = status < 400 ? (call.outcome === 'ok' ? 'green' : 'yellow') : status < 500 ? 'yellow' : 'red';
  const columns = `${call.function.padEnd(nameColumn)} ${`${totalMs.toFixed(1)} ms`.padStart(msColumn)}`;
  const notes = notesOf(call).map((note) => `  ${note}`);
  return `${paint(style, String(status))} ${columns}${notes.join('')}  ${paint('dim', requestId)}`;
}

/** What is worth a word: what is as usual is left out. */
function notesOf({ outcome, problem, attempts = 0, upstreamMs = 0, cache, cacheTier, ...call }: CallLine): string[] {
  const notes: (string | false | undefined)[] = [
    problem ?? (outcome !== 'ok' && outcome),
    attempts > 0 && `upstream ${upstreamMs.toFixed(1)} ms`,
    attempts > 1 && `${attempts} attempts`,
    cache && (cacheTier === 'none' ? cache : `${cache} in ${cacheTier}`),
    call.replayed && 'replayed',
    call.consumer !== 'anonymous' && call.consumer,
    call.sampled !== undefined && `one of ${Math.round(1 / call.sampled)}`,
    call.unsaid !== undefined && `and ${call.unsaid} more`,
  ];
  return notes.filter((note) => typeof note === 'string');
}
