import { setTimeout as sleep } from 'node:timers/promises';

/** { seconds?: 0 to 60 } -> { sleptSeconds }. */
export const handler = async (event, context) => {
  const { seconds = 2 } = event;
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= 60)) {
    throw new RangeError(`seconds is ${JSON.stringify(seconds)}, allowed is a number from 0 to 60`);
  }
  console.log(`waiting ${seconds} s of the ${context.getRemainingTimeInMilliSeconds()} ms that are left`);
  await sleep(seconds * 1000);
  return { sleptSeconds: seconds };
};
