/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once, whatever it is doing. */
export function untilTold(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
    const told = (signal: NodeJS.Signals) => {
      for (const each of signals) process.off(each, told);
      resolve(signal);
    };
    for (const each of signals) process.on(each, told);
  });
}
