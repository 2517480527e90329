/** What `/livez` and `/readyz` answer: JSON text. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: string;
}

type Phase = 'starting' | 'ready' | 'draining';

/** Whether the gateway lives and wants calls. Both planes answer by it. */
export class Health {
  #phase: Phase = 'starting';
  readonly #parts = new Map<string, boolean>();

  /** The servers listen. A drain that came before is not undone. */
  started(): void {
    if (this.#phase === 'starting') this.#phase = 'ready';
  }

  /** From now on no new calls are wanted; those under way are finished. */
  drain(): void {
    this.#phase = 'draining';
  }

  get draining(): boolean {
    return this.#phase === 'draining';
  }

  /** A part (`redis`, `iam`) came or went. It is listed, no more: calls go on without it, so the gateway stays ready. */
  part(name: string, up: boolean): void {
    this.#parts.set(name, up);
  }

  /** 200 as long as the process can answer at all: a restart would mend nothing that this could tell. */
  livez(verbose: boolean): HealthAnswer {
    return { status: 200, body: this.#body('live', verbose) };
  }

  /** 200 while calls are wanted: 503 before the start is done and from the beginning of the drain. */
  readyz(verbose: boolean): HealthAnswer {
    return { status: this.#phase === 'ready' ? 200 : 503, body: this.#body(this.#phase, verbose) };
  }

  #body(status: Phase | 'live', verbose: boolean): string {
    if (!verbose) return JSON.stringify({ status });
    const parts = Object.fromEntries([...this.#parts].map(([name, up]) => [name, up ? 'up' : 'degraded']));
    return JSON.stringify({ status, parts });
  }
}
