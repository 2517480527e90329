/** A value that shows itself only when asked: the secrets of the configuration fit. */
export interface Reveal {
  reveal(): string;
}

/** Where functions live: one region and project of FunctionGraph, and how to be let in. */
export interface Upstream {
  readonly id: string;
  readonly region: string;
  readonly projectId: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** An emulator plays it, at an endpoint that is not the configuration's. */
  readonly emulated?: true;
  readonly apiVersion: 'v1.0' | 'v2';
  /** What v2 is asked for: the function's result in a v1 envelope, or as it is. The answer says which one it became. */
  readonly response: 'envelope' | 'raw';
  /** Executions in flight for this account, over all its functions. */
  readonly maxConcurrency: number;
  /** Connections open at once; calls beyond them wait in line. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** None: calls go out unsigned, to a private endpoint or the emulator. */
  readonly credentials: Credentials | undefined;
}

export type Credentials = AkskCredentials | IamCredentials;

/** Signs every request, see `functiongraph/aksk.ts`. */
export interface AkskCredentials {
  readonly kind: 'aksk';
  readonly accessKey: Reveal;
  readonly secretKey: Reveal;
  /** With temporary keys. */
  readonly securityToken?: Reveal;
}

/** Gets a token first, see `functiongraph/tokens.ts`. */
export interface IamCredentials {
  readonly kind: 'iam';
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** The account's name. */
  readonly domain: string;
  readonly user: string;
  readonly password: Reveal;
  /** The name of the region's project, such as `cn-north-4`: a token is good for this one only. */
  readonly project: string;
}
