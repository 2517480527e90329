/** Asks until the answer is yes. What throws is a no. Ends with what was awaited when it takes too long. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  let failure: unknown;
  do {
    try {
      if (await isSo()) return;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  } while (performance.now() < giveUpAtMs);
  throw new Error(`waited ${withinMs} ms in vain: ${what}`, { cause: failure });
}
