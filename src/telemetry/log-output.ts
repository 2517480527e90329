import { destination } from 'pino';
import { type Lines, terminalLines } from './terminal-lines.ts';

/** When nobody takes the lines any more, so much of them waits in memory; what comes then is lost, and counted. */
const mostWaitingBytes = 16 * 2 ** 20;

/** Where the log of a command goes: stdout, as lines of JSON, or as lines for people when it is a terminal. */
export function logOutput(): Lines {
  return process.stdout.isTTY ? onTerminal(process.stdout) : onStdout();
}

/** Node knows `NO_COLOR` and its like. */
function onTerminal(stdout: NodeJS.WriteStream): Lines {
  return terminalLines(stdout, { colours: stdout.hasColors() });
}

/**
 * A line is handed to the operating system at once, in the background; lines that come meanwhile go out together when it has taken that one.
 * So nothing waits for whoever reads them, and a process that is killed takes with it what is under way. pino writes the rest when it exits.
 */
function onStdout(): Lines {
  const stdout = destination({ dest: 1, sync: false, maxLength: mostWaitingBytes });
  let lost = 0;
  stdout.on('drop', () => lost++);
  stdout.on('drain', () => {
    if (lost === 0) return;
    const line = { level: 'error', time: new Date().toISOString(), lost, msg: 'lines of the log were lost: nobody took them' };
    lost = 0;
    stdout.write(`${JSON.stringify(line)}\n`);
  });
  return stdout;
}
