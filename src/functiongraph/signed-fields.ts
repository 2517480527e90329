import { signedHeaders } from './signing.ts';

/** What is signed of a request's fields. */
export interface SignedFields {
  /** As {@link canonicalHeaders} writes them. */
  readonly lines: string;
  /** As {@link signedHeaders} does. */
  readonly names: string;
}

/**
 * Picks and writes the signed fields of requests that have the same names in the same order, call after call: these are sorted when they
 * change, and not for each request. `isSigned` says of a lower-case name whether it is signed.
 */
export function signedFieldsBy(isSigned: (name: string) => boolean): (headers: Readonly<Record<string, string>>) => SignedFields {
  let known: readonly string[] = [];
  let sorted: readonly string[] = [];
  let names = '';
  const learn = (headers: Readonly<Record<string, string>>) => {
    known = Object.keys(headers);
    names = signedHeaders(Object.fromEntries(known.filter(isSigned).map((name) => [name, ''])));
    sorted = names === '' ? [] : names.split(';');
  };
  const isKnown = (headers: Readonly<Record<string, string>>) => {
    let at = 0;
    for (const name in headers) if (known[at++] !== name) return false;
    return at === known.length;
  };
  return (headers) => {
    if (!isKnown(headers)) learn(headers);
    let lines = '';
    for (const name of sorted) lines += `${name}:${headers[name]!.trim()}\n`;
    return { lines, names };
  };
}
