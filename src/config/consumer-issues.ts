import { anonymousId, matchesGlob } from '../consumer.ts';
import { letsInAnonymous } from './consumers.ts';
import { isMap, type YamlMap } from './fields.ts';
import type { Issue, Path } from './problem.ts';
import { shown } from './seen.ts';

/**
 * What of the consumers no key says alone: whether their globs match a function, their keys are their own, their limits have names
 * of their own. Reads what is readable of a file that may be wrong elsewhere, so that this is reported together with everything else.
 */
export function consumerIssues(root: unknown): Issue[] {
  if (!isMap(root) || !isMap(root.consumers)) return [];
  const matches = isMap(root.functions) ? matcher(Object.keys(root.functions)) : () => true;
  const keysAreOwn = ownKeys();
  const issues: Issue[] = [];
  for (const id of Object.keys(root.consumers)) {
    const consumer = root.consumers[id];
    if (!isMap(consumer)) continue;
    if (id === anonymousId) issues.push(...ofAnonymous(root, consumer));
    keysAreOwn(id, listIn(consumer, 'keys'), issues);
    for (const [index, glob] of listIn(consumer, 'functions').entries()) {
      if (typeof glob === 'string' && !matches(glob)) issues.push(noMatch(['consumers', id, 'functions', index], glob));
    }
    const limits = listIn(consumer, 'limits');
    if (limits.length > 0) issues.push(...ofLimits(id, limits, root.pricing !== undefined, matches));
  }
  return issues;
}

const none: readonly unknown[] = [];

function listIn(map: YamlMap, key: string): readonly unknown[] {
  const list = map[key];
  return Array.isArray(list) ? list : none;
}

/** Finds the hash that stands twice. What it remembers of each is small: there may be 100,000. */
function ownKeys() {
  const owners = new Map<string, string>();
  return (id: string, keys: readonly unknown[], issues: Issue[]): void => {
    for (const [index, key] of keys.entries()) {
      const written = isMap(key) ? key.hash : key;
      if (typeof written !== 'string' || !written.startsWith('sha256:')) continue;
      const hash = written.toLowerCase();
      const owner = owners.get(hash);
      if (owner === undefined) owners.set(hash, id);
      else {
        const message = `is a key of ${owner === id ? 'this consumer' : `the consumer ${shown(owner)}`} already, allowed is each key once`;
        issues.push({ path: ['consumers', id, 'keys', index], at: 'value', message });
      }
    }
  };
}

function ofLimits(id: string, limits: readonly unknown[], priced: boolean, matches: (glob: string) => boolean): Issue[] {
  const issues: Issue[] = [];
  const names = new Map<string, number>();
  for (const [index, limit] of limits.entries()) {
    if (!isMap(limit)) continue;
    const { name, function: glob, cost } = limit;
    const path = ['consumers', id, 'limits', index];
    if (typeof glob === 'string' && !matches(glob)) issues.push(noMatch([...path, 'function'], glob));
    if (cost !== undefined && !priced) {
      issues.push({
        path: [...path, 'cost'],
        at: 'value',
        message: 'needs to know what calls cost, allowed is cost together with pricing',
      });
    }
    if (typeof name !== 'string') continue;
    const first = names.get(name);
    if (first === undefined) names.set(name, index);
    else {
      const message = `is the name of limits[${first}] already, allowed is a name of its own for each limit`;
      issues.push({ path: [...path, 'name'], at: 'value', message });
    }
  }
  return issues;
}

function noMatch(path: Path, glob: string): Issue {
  return {
    path,
    at: 'value',
    message: `is ${shown(glob)}, which is no configured function, allowed are names in functions, with * for any characters`,
  };
}

function ofAnonymous(root: YamlMap, { keys }: YamlMap): Issue[] {
  const path = ['consumers', anonymousId];
  if (!letsInAnonymous(root)) {
    return [{ path, at: 'key', message: 'is for callers without a key, who are denied; allowed is it together with anonymous: allow' }];
  }
  if (keys === undefined) return [];
  return [{ path: [...path, 'keys'], at: 'key', message: 'cannot be: anonymous is who calls without a key; allowed is another consumer' }];
}

/** Whether a glob matches any of the names. Each glob is asked once, and only of the names that begin as it does. */
function matcher(names: readonly string[]): (glob: string) => boolean {
  const all = new Set(names);
  const sorted = names.toSorted();
  const known = new Map<string, boolean>();
  const matchesAny = (glob: string): boolean => {
    const [prefix = ''] = glob.split('*', 1);
    if (prefix === glob) return all.has(glob);
    for (let index = firstFrom(sorted, prefix); index < sorted.length && sorted[index]!.startsWith(prefix); index++) {
      if (matchesGlob(glob, sorted[index]!)) return true;
    }
    return false;
  };
  return (glob) => {
    const before = known.get(glob);
    if (before !== undefined) return before;
    const matches = matchesAny(glob);
    known.set(glob, matches);
    return matches;
  };
}

/** Where in the sorted names the first stands that is not before `text`. */
function firstFrom(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
