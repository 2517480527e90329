import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import type { AccessKeyPair } from '../emulator/authenticate.ts';
import { exampleFunctionsDir, exampleSite } from '../emulator/examples.ts';
import type { Fault } from '../emulator/faults.ts';
import { openEmulator } from '../emulator/server.ts';
import type { TokenUser } from '../emulator/tokens.ts';
import type { CommandMaker } from './command.ts';
import { faultOption } from './fault-option.ts';
import { untilTold } from './until-told.ts';

interface Options {
  readonly functions: string;
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly project: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly iamDomain?: string;
  readonly iamUser?: string;
  readonly iamPassword?: string;
  readonly fault?: readonly Fault[];
  readonly json?: true;
}

/** `runway emulator`: the local FunctionGraph alone. */
export const emulatorCommand: CommandMaker = () =>
  new Command('emulator')
    .description('run a local FunctionGraph that runs the functions of a folder')
    .option('--functions <dir>', 'folder of functions, one folder each', exampleFunctionsDir)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes a free one', portNumber, 9000)
    .option('--region <region>', 'region of the URNs', exampleSite.region)
    .option('--project <id>', 'project of the URNs', exampleSite.projectId)
    .option('--access-key <key>', 'let in only what is signed with this access key')
    .option('--secret-key <key>', 'and this secret key')
    .option('--iam-domain <name>', 'be IAM too: give tokens to the user of this account')
    .option('--iam-user <name>', 'with this name')
    .option('--iam-password <password>', 'and this password')
    .option(...faultOption)
    .option('--json', 'print what is served as JSON')
    .action(async (options: Options, command: Command) => {
      const user = tokenUser(options, command);
      const emulator = await openEmulator({
        functionsDir: options.functions,
        host: options.host,
        port: options.port,
        region: options.region,
        projectId: options.project,
        credentials: keyPairs(options, command),
        ...(user && { tokenUser: user }),
        faults: options.fault ?? [],
        clock: systemClock,
        random: Math.random,
        log: (line) => process.stderr.write(`${line}\n`),
      });
      for (const reason of emulator.skipped()) process.stderr.write(`${reason}\n`);
      const functions = emulator.functions();
      if (options.json) process.stdout.write(`${JSON.stringify({ url: emulator.url, functions })}\n`);
      else process.stdout.write(`FunctionGraph emulator on ${emulator.url}\n${functions.map(({ urn }) => `  ${urn}\n`).join('')}`);
      await untilTold();
      await emulator.close();
    });

function keyPairs({ accessKey, secretKey }: Options, command: Command): AccessKeyPair[] {
  if (accessKey !== undefined && secretKey !== undefined) return [{ accessKey, secretKey }];
  if (accessKey === undefined && secretKey === undefined) return [];
  return command.error('error: --access-key and --secret-key go together: give both or none');
}

function tokenUser({ iamDomain, iamUser, iamPassword }: Options, command: Command): TokenUser | undefined {
  if (iamDomain !== undefined && iamUser !== undefined && iamPassword !== undefined) {
    return { domain: iamDomain, user: iamUser, password: iamPassword };
  }
  if (iamDomain === undefined && iamUser === undefined && iamPassword === undefined) return undefined;
  return command.error('error: --iam-domain, --iam-user and --iam-password go together: give all three or none');
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('allowed is a port from 0 to 65535.');
  return port;
}
