import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import { redact } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** `message` is fixed text, what varies goes into `fields`; these are redacted before they are written. */
export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Lines of JSON on stdout, or lines for people when stdout is a terminal. */
export function createLog(to: DestinationStream = process.stdout.isTTY ? plainLines(process.stdout) : destination(1)): Log {
  const lines = pino({ base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, to);
  return {
    info: (fields, message) => lines.info(redact(fields), message),
    warn: (fields, message) => lines.warn(redact(fields), message),
    error: (fields, message) => lines.error(redact(fields), message),
  };
}

/** Writes each line of JSON as `12:30:05 warn Redis is away reason="timeout"`. */
export function plainLines(terminal: DestinationStream): DestinationStream {
  return {
    write(line) {
      const { time, level, msg, ...fields } = JSON.parse(line) as { time: string; level: string; msg: string };
      const shown = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
      terminal.write(`${time.slice(11, 19)} ${level} ${msg}${shown.join('')}\n`);
    },
  };
}
