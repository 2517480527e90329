import type { FunctionFacts } from './messages.ts';

/** One execution, as the context shows it. Times are of the worker's `performance.now()`. */
export interface Execution {
  readonly requestId: string;
  readonly alias: string;
  readonly startedAtMs: number;
}

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** The `context` a handler gets. Source: "Context Methods" of "Developing Functions in Node.js"; credentials are dummies. */
export class Context {
  readonly #facts: FunctionFacts;
  readonly #execution: Execution;
  readonly #write: (text: string) => void;

  constructor(facts: FunctionFacts, execution: Execution, write: (text: string) => void) {
    this.#facts = facts;
    this.#execution = execution;
    this.#write = write;
  }

  getRequestID = (): string => this.#execution.requestId;
  getRemainingTimeInMilliSeconds = (): number =>
    Math.max(0, Math.floor(this.#execution.startedAtMs + this.#facts.timeoutMs - performance.now()));
  /** The configured timeout, despite its name. */
  getRunningTimeInSeconds = (): number => this.#facts.timeoutMs / 1000;
  getUserData = (key: string): string | undefined => (Object.hasOwn(this.#facts.userData, key) ? this.#facts.userData[key] : undefined);
  getFunctionName = (): string => this.#facts.name;
  getVersion = (): string => this.#facts.version;
  getMemorySize = (): number => this.#facts.memorySizeMb;
  getCPUNumber = (): number => this.#facts.cpuMillicores;
  getPackage = (): string => this.#facts.package;
  getProjectID = (): string => this.#facts.projectId;
  getAlias = (): string => this.#execution.alias;

  getAccessKey = (): string => 'EMULATOR_ACCESS_KEY';
  getSecretKey = (): string => 'EMULATOR_SECRET_KEY';
  getSecurityAccessKey = (): string => 'EMULATOR_ACCESS_KEY';
  getSecuritySecretKey = (): string => 'EMULATOR_SECRET_KEY';
  getSecurityToken = (): string => 'EMULATOR_SECURITY_TOKEN';
  getToken = (): string => 'EMULATOR_TOKEN';

  getWorkflowID = (): string => '';
  getWorkflowRunID = (): string => '';
  getWorkflowStateID = (): string => '';

  getLogger = () => {
    let threshold: Level = 'info';
    const log =
      (level: Level) =>
      (...parts: unknown[]): void => {
        if (levels.indexOf(level) < levels.indexOf(threshold)) return;
        this.#write(`${new Date().toISOString()} ${this.#execution.requestId} ${level.toUpperCase()} ${parts.map(String).join(' ')}\n`);
      };
    return {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      setLevel: (level: string): void => {
        const known = levels.find((name) => name === level.toLowerCase());
        if (known !== undefined) threshold = known;
      },
    };
  };
}
