/** Where the last 32 bits of a trace id stand: the part that whoever makes one draws at random, W3C Trace Context Level 2 "random-trace-id". */
const randomPart = [27, 35] as const;

/** Whether a trace is among the `share`, 0 to 1, that is kept: the same on every gateway, so that of a trace all calls are there or none. */
export function isSampled(traceparent: string, share: number): boolean {
  if (share >= 1) return true;
  return share > 0 && Number.parseInt(traceparent.slice(...randomPart), 16) < share * 2 ** 32;
}
