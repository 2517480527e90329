import { bytesText, durationText } from './figures.ts';

/** A name of the configuration, and its value as text or what is below it. */
export interface Setting {
  readonly name: string;
  readonly value: string | readonly Setting[];
}

const maxDepth = 8;

/**
 * Settings as a tree for people. The names of the gateway end in their units: these go, and the values say them. A value that is no plain one
 * shows what it shows of itself: a secret of the configuration shows that it is one.
 */
export function settingsOf(settings: Readonly<Record<string, unknown>>): readonly Setting[] {
  return treeOf(settings, 1);
}

function treeOf(value: object, depth: number): readonly Setting[] {
  return Object.entries(value).map(([key, part]) => settingOf(key, part, depth));
}

function settingOf(key: string, value: unknown, depth: number): Setting {
  if (typeof value === 'number') return { ...withUnit(key, value) };
  if (value === undefined || value === null) return { name: key, value: 'not set' };
  if (typeof value !== 'object') return { name: key, value: withoutCredentials(String(value)) };
  if (ArrayBuffer.isView(value)) return { name: key, value: bytesText(value.byteLength) };
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object'))
      return { name: key, value: value.length === 0 ? 'none' : value.map((item) => withoutCredentials(String(item))).join(', ') };
    return {
      name: key,
      value: depth >= maxDepth ? '…' : value.map((item, at) => settingOf(nameOf(item) ?? String(at + 1), item, depth + 1)),
    };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return { name: key, value: withoutCredentials(String(value)) };
  return { name: key, value: depth >= maxDepth ? '…' : treeOf(value, depth + 1) };
}

function nameOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { name, id } = item as { name?: unknown; id?: unknown };
  return typeof name === 'string' ? name : typeof id === 'string' ? id : undefined;
}

function withUnit(key: string, value: number): Setting {
  if (key.endsWith('AtMs')) return { name: key.slice(0, -4), value: new Date(value).toISOString() };
  if (key.endsWith('Ms')) return { name: key.slice(0, -2), value: durationText(value) };
  if (key === 'ms') return { name: 'length', value: durationText(value) };
  if (key.endsWith('Bytes')) return { name: key.slice(0, -5), value: bytesText(value) };
  return { name: key, value: String(value) };
}

/** Of addresses: a user, and a query, which is where some take a key. */
function withoutCredentials(text: string): string {
  return text.replace(/(:\/\/[^\s?#]*\?)[^\s#]+/g, '$1[secret]').replace(/:\/\/[^/\s@]*@/g, '://[secret]@');
}
