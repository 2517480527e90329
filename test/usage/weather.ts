import type { Reply, Script, Scripts } from '../../src/remote.ts';

/** How a command fares: `away` is known not to be sent; of the others nobody hears whether they arrived, and `late` does so later. */
export const weathers = ['clear', 'away', 'lost', 'mute', 'late'] as const;
export type Weather = (typeof weathers)[number];

/** A connection to a real Redis, with an outage that begins and ends when it is told to. */
export class WeatheredRemote implements Scripts {
  weather: Weather = 'clear';
  readonly #remote: Scripts;
  readonly #late: (() => Promise<Reply>)[] = [];

  constructor(remote: Scripts) {
    this.#remote = remote;
  }

  async run(script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<Reply> {
    if (this.weather === 'away') return { ok: false, reason: 'away' };
    const send = () => this.#remote.run(script, keys, args);
    if (this.weather === 'clear') return send();
    if (this.weather === 'mute') await send();
    if (this.weather === 'late') this.#late.push(send);
    return { ok: false, reason: 'timeout' };
  }

  /** What is late arrives, the last first. */
  async arrive(): Promise<void> {
    for (const send of this.#late.splice(0).reverse()) await send();
  }
}
