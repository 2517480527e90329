import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Environment, isEmptied, variablesIn } from './environment.ts';
import { type FoundPath, findPaths, type PathsToFind } from './find-paths.ts';
import { formatPath, type Path } from './problem.ts';

/** Where a setting stands. */
export interface Place {
  readonly file: string;
  /** From 1. Absent where the text was made of a folder: nobody can look it up. */
  readonly line?: number;
  /** The key, such as `functions.hello.retry.attempts`. */
  readonly key: string;
  /** Names of the environment variables that the value is made from. */
  readonly variables?: readonly string[];
}

export interface SourceParts {
  readonly text: string;
  readonly file: string;
  readonly environment: Environment;
  /** Made of a folder of functions, and no file. */
  readonly generated?: boolean;
}

/** Positions in so many characters take some 20 ms to find. More is not for the event loop of a gateway. */
const longestHere = 32 * 1024;
/** Of each function and consumer that is asked for there are some dozens. */
const rememberedPaths = 20_000;

/** The text a configuration was made of, as it was when it was loaded; its secrets stay in here. Says where in it a key stands. */
export class Source {
  readonly file: string;
  readonly generated: boolean;
  readonly #text: string;
  readonly #environment: Environment;
  readonly #known = new Map<string, FoundPath | undefined>();
  #last: Promise<unknown> = Promise.resolve();

  constructor({ text, file, environment, generated = false }: SourceParts) {
    this.file = file;
    this.generated = generated;
    this.#text = text;
    this.#environment = environment;
  }

  /** Where each of the paths stands; undefined where the text has none of it, or an empty variable takes it away. */
  async find(paths: readonly Path[]): Promise<(Place | undefined)[]> {
    // One search at a time: each takes a thread and, for 10,000 functions, more than 100 MB.
    const searched = this.#last.then(() => this.#search(paths));
    this.#last = searched.catch(() => undefined);
    const found = await searched;
    return paths.map((path, i) => this.#placeOf(path, found[i]));
  }

  /** Whether the file is another one by now, so that its lines are not those of {@link find} any more. */
  async hasChanged(): Promise<boolean> {
    if (this.generated) return false;
    try {
      return new TextDecoder().decode(await readFile(this.file)) !== this.#text;
    } catch {
      return true;
    }
  }

  async #search(paths: readonly Path[]): Promise<(FoundPath | undefined)[]> {
    const keys = paths.map((path) => JSON.stringify(path));
    const found = keys.map((key) => this.#known.get(key));
    const unknown = keys.flatMap((key, i) => (this.#known.has(key) ? [] : [i]));
    if (unknown.length === 0) return found;
    const asked = { text: this.#text, paths: unknown.map((i) => paths[i]!) };
    const fresh = this.#text.length <= longestHere ? findPaths(asked) : await byWorker(asked);
    if (this.#known.size + unknown.length > rememberedPaths) this.#known.clear();
    for (const [at, i] of unknown.entries()) {
      found[i] = fresh[at];
      this.#known.set(keys[i]!, fresh[at]);
    }
    return found;
  }

  #placeOf(path: Path, found: FoundPath | undefined): Place | undefined {
    if (found === undefined) return undefined;
    const { line, written = '' } = found;
    if (isEmptied(written, this.#environment)) return undefined;
    const variables = variablesIn(written);
    return { file: this.file, ...(!this.generated && { line }), key: formatPath(path), ...(variables.length > 0 && { variables }) };
  }
}

function byWorker(workerData: PathsToFind): Promise<(FoundPath | undefined)[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./find-paths-worker.ts', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the worker that looks positions up ended without an answer')));
  });
}
