import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { openExplain } from '../explain/explain.ts';
import type { Explanation } from '../explain/explanation.ts';
import { adminTokenOption, adminUrlOption, askAdmin } from './admin.ts';
import type { CommandMaker } from './command.ts';
import { loadOrExplain } from './config-file.ts';
import { dataOption, eventOf } from './event.ts';
import { explanationText } from './explanation-text.ts';
import { headerOption } from './header-option.ts';

interface Options {
  readonly data: string;
  readonly consumer: string;
  readonly header: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly url: string;
  readonly token?: string;
  readonly json?: true;
}

/** `runway explain`: what would happen to a call and why, from a running gateway or from the file alone. */
export const explainCommand: CommandMaker = () =>
  new Command('explain')
    .description('say what would happen to a call and why: nothing is called and nothing counted')
    .argument('<name>', 'name of the function')
    .option(...dataOption)
    .option('--consumer <id>', 'who calls', 'anonymous')
    .option(...headerOption)
    .option(...adminUrlOption)
    .option(...adminTokenOption)
    .option('-c, --config <file>', 'explain by this file alone, without asking a gateway')
    .option('--json', 'print the explanation as JSON')
    .action(async (name: string, options: Options, command: Command) => {
      if (options.config !== undefined && ['url', 'token'].some((option) => command.getOptionValueSource(option) === 'cli')) {
        command.error('error: -c explains by the file alone, and --url and --token say which gateway to ask: allowed is one of them');
      }
      const body = await eventOf(options.data);
      const explanation = await (options.config === undefined ? fromGateway(name, body, options) : fromFile(name, body, options));
      process.stdout.write(options.json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
    });

async function fromGateway(name: string, body: string, { consumer, header, ...admin }: Options): Promise<Explanation> {
  const asked = JSON.stringify({ function: name, consumer, body, headers: header });
  return (await askAdmin(admin, '/admin/explain', { method: 'POST', body: asked })) as Explanation;
}

async function fromFile(name: string, body: string, { consumer, header, config: file }: Options): Promise<Explanation> {
  const config = loadOrExplain(file!);
  const explain = openExplain({ config, clock: systemClock, state: undefined });
  const explanation = await explain({ function: name, consumer, body: Buffer.from(body), headers: header });
  if (explanation === undefined) throw new Error(`${file} has no function ${JSON.stringify(name)}, allowed are the names in functions`);
  return explanation;
}
