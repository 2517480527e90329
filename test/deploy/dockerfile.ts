export interface Instruction {
  /** In capitals: `FROM`, `RUN` … */
  readonly name: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile in their order, without comments, each on one line. */
export function readDockerfile(text: string): Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, rest] = /^\s*(\S+)\s+(.*)$/.exec(line)!;
      return { name: name!.toUpperCase(), rest: rest!.trim() };
    });
}
