import type { Reveal } from '../upstream.ts';

/** Where Redis is. Its URLs may hold a password: they stand in no error and no log line. */
export type RedisServer = SingleServer | SentinelServer | ClusterServer;

/** Certificates of the authorities to trust, as PEM, instead of those that Node trusts. Of use with TLS alone. */
interface Trust {
  readonly ca: Reveal | undefined;
}

/** One server, or whatever stands in front of several and looks like one. */
export interface SingleServer extends Trust {
  readonly kind: 'single';
  /** `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`; `rediss` is TLS. */
  readonly url: Reveal;
}

/** A master that sentinels watch and replace. */
export interface SentinelServer extends Trust {
  readonly kind: 'sentinel';
  /** What the sentinels call the master. */
  readonly name: string;
  /** `redis[s]://[USER:PASSWORD@]HOST[:PORT]` of each sentinel, one at least. User, password and TLS are those of the first. */
  readonly nodes: readonly Reveal[];
  /** The rest is of the master. */
  readonly user: string | undefined;
  readonly password: Reveal | undefined;
  readonly database: number;
  readonly tls: boolean;
}

/** Masters that share the keys among them. */
export interface ClusterServer extends Trust {
  readonly kind: 'cluster';
  /** `redis[s]://[USER:PASSWORD@]HOST[:PORT]` of some nodes, one at least: they name the others. User, password and TLS are those of the first. */
  readonly nodes: readonly Reveal[];
}

/** A URL taken apart. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
}

/**
 * What a URL says. Its query is not looked at: ioredis would take it for options, which are not the URL's to set.
 *
 * @throws Error that does not repeat the URL
 */
export function addressOf(url: Reveal, standardPort: number): Address {
  const parsed = URL.parse(url.reveal());
  const database = /^\/?(\d{0,9})$/.exec(parsed?.pathname ?? '')?.[1];
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '' || database === undefined) throw unreadable();
  try {
    return {
      // ioredis wants an IPv6 address without its brackets.
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: Number(parsed.port || standardPort),
      user: decodeURIComponent(parsed.username) || undefined,
      password: decodeURIComponent(parsed.password) || undefined,
      database: Number(database),
      tls: parsed.protocol === 'rediss:',
    };
  } catch {
    throw unreadable();
  }
}

function unreadable(): Error {
  return new Error('cannot open Redis: its URL cannot be read, allowed is redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE]');
}
