import { Command } from 'commander';
import { configFile } from '../config/file.ts';
import { tracingSettings } from '../config/tracing.ts';
import { warningsOf } from '../config/warnings.ts';
import { serve } from '../serve.ts';
import { createLog } from '../telemetry/log.ts';
import { logOutput } from '../telemetry/log-output.ts';
import type { CommandMaker } from './command.ts';
import { configOption, loadOrExplain } from './config-file.ts';
import { spareMemory } from './spare-memory.ts';
import { untilTold } from './until-told.ts';

/** Kubernetes takes an endpoint out in a second or few after readiness is off; what comes meanwhile is served. */
const graceMs = 3_000;
const lingerMs = 1_000;

/** `runway serve`: the gateway, until SIGTERM. */
export const serveCommand: CommandMaker = () =>
  new Command('serve')
    .description('serve the functions of the configuration; SIGTERM drains and exits')
    .option(...configOption)
    .action(async ({ config }: { config?: string }) => {
      const log = createLog(logOutput());
      const file = configFile(config);
      const configuration = loadOrExplain(file);
      for (const warning of warningsOf(configuration)) log.warn({ file }, warning);
      spareMemory();
      const running = await serve(configuration, { log, graceMs, tracing: tracingSettings() });
      log.info({ file, url: running.url, admin: running.adminUrl }, 'serving');
      const signal = await untilTold();
      log.info({ signal }, 'draining');
      await running.close();
      log.info({}, 'drained');
      // All is closed; what still tries to reach somebody who is away, such as an exporter of traces, is not waited for.
      setTimeout(() => process.exit(), lingerMs).unref();
    });
