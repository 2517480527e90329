import { systemClock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Fault } from '../emulator/faults.ts';
import { type Emulator, type EmulatorOptions, openEmulator, type ServedFunction } from '../emulator/server.ts';
import type { Upstream } from '../upstream.ts';

export interface StandInOptions {
  readonly functionsDir: string;
  readonly faults: readonly Fault[];
  /** Takes what functions write, one line at a time. */
  readonly log: (line: string) => void;
}

/** Emulators in the place of upstreams: one for each region, project and credentials, opened when it is first wanted. */
export class StandIns {
  readonly #options: StandInOptions;
  readonly #byPlace = new Map<string, Emulator>();

  constructor(options: StandInOptions) {
    this.#options = options;
  }

  /** The same configuration, with every upstream and its IAM played by an emulator, and keys of its own in Redis. */
  async playing(config: Config): Promise<Config> {
    const upstreams: Upstream[] = [];
    for (const upstream of config.upstreams) upstreams.push(movedTo((await this.#standInFor(upstream)).url, upstream));
    // What an emulator answers must not be taken for a result of the real function by gateways on the same Redis.
    const redis = config.redis && { ...config.redis, keyPrefix: `${config.redis.keyPrefix}dev:` };
    return { ...config, upstreams, redis };
  }

  /** The function a URN stands for, where one of the emulators has it. */
  find(urn: string): ServedFunction | undefined {
    const unversioned = urn.slice(0, urn.lastIndexOf(':'));
    const all = [...this.#byPlace.values()].flatMap((emulator) => emulator.functions());
    return all.find((served) => served.urn === `${unversioned}:latest`);
  }

  /** See {@link Emulator.skipped}: all of them read the same folder. */
  skipped(): readonly string[] {
    return [...new Set([...this.#byPlace.values()].flatMap((emulator) => emulator.skipped()))];
  }

  /** Reads the folder again. Gives what is wrong with it; then the functions stay as they were. */
  async reload(): Promise<readonly string[]> {
    const problems = await Promise.all([...this.#byPlace.values()].map((emulator) => emulator.reload()));
    return [...new Set(problems.flat())];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byPlace.values()].map((emulator) => emulator.close()));
  }

  async #standInFor(upstream: Upstream): Promise<Emulator> {
    const { region, projectId } = upstream;
    const admitted = admission(upstream);
    const place = JSON.stringify([region, projectId, admitted]);
    const known = this.#byPlace.get(place);
    if (known) return known;
    const site = { region, projectId, port: 0, clock: systemClock, random: Math.random };
    const emulator = await openEmulator({ ...this.#options, ...site, ...admitted });
    this.#byPlace.set(place, emulator);
    return emulator;
  }
}

/** An emulator lets in what the gateway will show it. */
function admission({ credentials }: Upstream): Pick<EmulatorOptions, 'credentials' | 'tokenUser'> {
  if (credentials === undefined) return {};
  if (credentials.kind === 'iam') {
    const { domain, user, password } = credentials;
    return { tokenUser: { domain, user, password: password.reveal() } };
  }
  const { accessKey, secretKey, securityToken } = credentials;
  const token = securityToken && { securityToken: securityToken.reveal() };
  return { credentials: [{ accessKey: accessKey.reveal(), secretKey: secretKey.reveal(), ...token }] };
}

function movedTo(url: string, { credentials, ...upstream }: Upstream): Upstream {
  return {
    ...upstream,
    endpoint: url,
    emulated: true,
    credentials: credentials?.kind === 'iam' ? { ...credentials, endpoint: url } : credentials,
  };
}
