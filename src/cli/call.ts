import { Command } from 'commander';
import { decodeLogTail } from '../log-tail.ts';
import type { CommandMaker } from './command.ts';
import { dataOption, eventOf } from './event.ts';
import { gatewayUrl, reach } from './reach.ts';

interface Options {
  readonly data: string;
  readonly key?: string;
  readonly url: string;
  readonly log?: true;
  readonly json?: true;
}

/** `runway call`: one call through a gateway, for people and scripts. */
export const callCommand: CommandMaker = (setExitCode) =>
  new Command('call')
    .description('call a function through a gateway: the body to stdout, a summary to stderr, exit 0 on 2xx')
    .argument('<name>', 'name of the function')
    .option(...dataOption)
    .option('--key <key>', "the consumer's API key")
    .option('--url <url>', 'the gateway', gatewayUrl, 'http://127.0.0.1:8080')
    .option('--log', "ask for the function's log, shown on stderr")
    .option('--json', 'print status, headers and body as JSON')
    .action(async (name: string, options: Options) => {
      const answer = await send(name, options);
      const body = await answer.text();
      const summary = { status: answer.status, headers: Object.fromEntries(answer.headers), body };
      process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : endedByNewline(body));
      if (!options.json) process.stderr.write(`${explain(answer)}\n`);
      if (!answer.ok) setExitCode(1);
    });

async function send(name: string, { data, key, url, log }: Options): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(log && { 'x-cff-log-type': 'tail' }),
  };
  const body = await eventOf(data);
  return reach(url, `/run/${encodeURIComponent(name)}`, { method: 'POST', headers, body });
}

/** What a person wants to know of an answer, a line each. */
function explain({ status, headers }: Response): string {
  const log = headers.get('x-cff-function-log');
  const facts = [
    ['status', String(status)],
    ['request', headers.get('x-request-id')],
    ['timing', headers.get('server-timing')],
    ['kept', headers.get('cache-status')],
    ['billed', headers.get('x-cff-invoke-summary')],
    ['log', log && `\n${decodeLogTail(log).trimEnd()}`],
  ];
  return facts.flatMap(([fact, value]) => (value ? [`${fact}: ${value}`] : [])).join('\n');
}

function endedByNewline(body: string): string {
  return body === '' || body.endsWith('\n') ? body : `${body}\n`;
}
