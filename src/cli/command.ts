import type { Command } from 'commander';

/** Makes a command, anew for each run; it says by `setExitCode` how it went when that is not 0. */
export type CommandMaker = (setExitCode: (code: number) => void) => Command;
