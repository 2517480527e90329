/** The end of a command whose configuration cannot be used: every problem, a line each. */
export function configurationError(problems: readonly string[]): Error {
  return new Error(`the configuration is not good:\n${problems.join('\n')}`);
}
