/** Milliseconds of the machine's monotonic clock: the same in every thread and process, so that their times can be compared. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
