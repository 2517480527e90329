import type { LocalFunction, Site } from './library.ts';
import type { WorkerStart } from './runtime/messages.ts';

/** What a new worker is told of its function. */
export function workerStart(fn: LocalFunction, version: string, site: Site): WorkerStart {
  const { settings } = fn;
  return {
    codeRoot: fn.codeRoot,
    handler: settings.handler,
    initializer: settings.initializer,
    facts: {
      name: fn.name,
      version,
      package: settings.package,
      projectId: site.projectId,
      memorySizeMb: settings.memorySize,
      cpuMillicores: cpuMillicores(settings.memorySize),
      timeoutMs: settings.timeout * 1000,
      userData: settings.userData,
    },
  };
}

/** The variables a function finds; nothing of the emulator's own environment reaches it. Source: "Environment Variables" of the runtime. */
export function workerEnvironment({ codeRoot, handler, facts }: WorkerStart): Record<string, string> {
  return {
    RUNTIME_PROJECT_ID: facts.projectId,
    RUNTIME_FUNC_NAME: facts.name,
    RUNTIME_FUNC_VERSION: facts.version,
    RUNTIME_PACKAGE: facts.package,
    RUNTIME_HANDLER: handler,
    RUNTIME_TIMEOUT: String(facts.timeoutMs / 1000),
    RUNTIME_USERDATA: JSON.stringify(facts.userData),
    RUNTIME_CPU: String(facts.cpuMillicores),
    RUNTIME_MEMORY: String(facts.memorySizeMb),
    RUNTIME_CODE_ROOT: codeRoot,
  };
}

/** Source: "Function Model", FunctionGraph API reference. */
export function cpuMillicores(memorySizeMb: number): number {
  return Math.round((memorySizeMb / 128) * 100 + 200);
}
