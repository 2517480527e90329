import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Clock } from '../call.ts';
import { emulatorApp } from './app.ts';
import { type AccessKeyPair, authenticator } from './authenticate.ts';
import { Background } from './background.ts';
import { Books, type BooksReport } from './books.ts';
import { type Fault, strayFaults } from './faults.ts';
import { Fleet } from './fleet.ts';
import type { World } from './invoke.ts';
import { readLibrary } from './library.ts';
import { Tokens, type TokenUser } from './tokens.ts';

export interface EmulatorOptions {
  /** Each folder in it is a function, see {@link readLibrary}. */
  readonly functionsDir: string;
  /** Default: loopback. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly region: string;
  /** 32 letters or digits. */
  readonly projectId: string;
  /** With neither keys nor a token user every call is let in. */
  readonly credentials?: readonly AccessKeyPair[];
  readonly tokenUser?: TokenUser;
  /** Default: 24 hours, as in IAM. */
  readonly tokenLifetimeMs?: number;
  /** See `parseFault`. Each is for all functions or for one of the folder. */
  readonly faults?: readonly Fault[];
  readonly clock: Clock;
  /** 0 inclusive to 1 exclusive: decides which calls faults hit. */
  readonly random: () => number;
  /** Takes what functions write, one line at a time. */
  readonly log: (line: string) => void;
}

/** A function that can be called. */
export interface ServedFunction {
  readonly name: string;
  /** Eight fields, of the version `latest`. */
  readonly urn: string;
  readonly description: string;
  /** An event to try it with: any JSON value. */
  readonly example: unknown;
  readonly timeoutMs: number;
}

export interface Emulator {
  /** Without a slash at its end. */
  readonly url: string;
  /** By name. */
  functions(): readonly ServedFunction[];
  /** Folders that look as if they were meant to be functions, see {@link readLibrary}: a line each. */
  skipped(): readonly string[];
  /** Reads the folder again; the next calls run the new code. With problems the functions stay as they were. */
  reload(): Promise<readonly string[]>;
  setFaults(faults: readonly Fault[]): void;
  books(): BooksReport;
  /** Ends calls under way, the functions and the server. */
  close(): Promise<void>;
}

const dayMs = 24 * 60 * 60_000;

/**
 * Opens a local FunctionGraph.
 *
 * @throws Error when the folder cannot be served or a fault names no function of it, one line for each problem, or the port is taken
 */
export async function openEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { functionsDir, host = '127.0.0.1', clock, credentials = [], tokenUser, faults = [] } = options;
  const site = { region: options.region, projectId: options.projectId };
  const library = await readLibrary(functionsDir, site);
  if (!library.ok) throw new Error(`the functions cannot be served:\n${library.problems.join('\n')}`);
  const stray = strayFaults(faults, library.functions);
  if (stray.length > 0) throw new Error(stray.join('\n'));

  const closing = new AbortController();
  const world: World = {
    site,
    functions: library.functions,
    faults,
    fleet: new Fleet(site, clock),
    books: new Books(),
    background: new Background(clock),
    clock,
    random: options.random,
    log: options.log,
    closed: closing.signal,
  };
  const tokens = tokenUser && new Tokens(tokenUser, options.tokenLifetimeMs ?? dayMs, clock);
  const app = emulatorApp(world, { authenticate: authenticator(credentials, tokens), tokens, newRequestId: randomUUID });

  const server = createAdaptorServer({ fetch: app.fetch });
  const close = async () => {
    closing.abort();
    if ('closeAllConnections' in server) server.closeAllConnections();
    await Promise.all([world.fleet.close(), new Promise((resolve) => server.close(resolve))]);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, host, resolve);
    });
  } catch (error) {
    await close();
    throw error;
  }

  let { skipped } = library;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    functions: () =>
      [...world.functions.values()].map(({ name, urn, settings }) => ({
        name,
        urn: `${urn}:latest`,
        description: settings.description,
        example: settings.example,
        timeoutMs: settings.timeout * 1000,
      })),
    skipped: () => skipped,
    reload: async () => {
      const fresh = await readLibrary(functionsDir, site);
      if (!fresh.ok) return fresh.problems;
      world.functions = fresh.functions;
      skipped = fresh.skipped;
      world.fleet.renew();
      return [];
    },
    setFaults: (faults) => {
      world.faults = faults;
    },
    books: () => world.books.report(),
    close,
  };
}
