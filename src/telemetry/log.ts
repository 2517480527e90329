import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { redact } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** `message` is fixed text, what varies goes into `fields`; these are redacted before they are written. */
export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Writes lines of JSON. */
export function createLog(to: DestinationStream): Log {
  const lines = pino({ base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, to);
  return {
    info: (fields, message) => lines.info(redact(fields), message),
    warn: (fields, message) => lines.warn(redact(fields), message),
    error: (fields, message) => lines.error(redact(fields), message),
  };
}
