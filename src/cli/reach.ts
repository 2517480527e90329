import { InvalidArgumentError } from 'commander';

/**
 * Asks a running gateway for `path`.
 *
 * @throws Error when nothing answers at `url`
 */
export async function reach(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, url), init);
  } catch (error) {
    throw new Error(`no gateway answers at ${url}: ${reasonOf(error)}`);
  }
}

/** Of an option `--url`. */
export function gatewayUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('allowed is http://HOST:PORT or https://HOST:PORT.');
}

/** What failed beneath `fetch`: a name with several addresses fails for all of them, with a code and no text. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return String(error);
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}
