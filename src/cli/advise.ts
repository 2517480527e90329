import { Command } from 'commander';
import type { AdviceReport } from '../advice/memory-watch.ts';
import { type AdminOptions, adminTokenOption, adminUrlOption, askAdmin } from './admin.ts';
import { adviceTable } from './advice-table.ts';
import type { CommandMaker } from './command.ts';

/** `runway advise`: what a running gateway advises for the memory of its functions. */
export const adviseCommand: CommandMaker = () =>
  new Command('advise')
    .description('say which functions have more memory than they use, or too little, by what a running gateway has seen')
    .option(...adminUrlOption)
    .option(...adminTokenOption)
    .option('--json', 'print the report as JSON')
    .action(async ({ json, ...admin }: AdminOptions & { readonly json?: true }) => {
      const report = (await askAdmin(admin, '/admin/advice')) as AdviceReport;
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : adviceTable(report));
    });
