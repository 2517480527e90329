import { parseUrn } from '../urn.ts';
import type { LocalFunction, Site } from './library.ts';
import { type ServiceError, serviceErrors } from './service-error.ts';

/** Which code a URN stands for. */
export interface Resolved {
  readonly fn: LocalFunction;
  /** `latest` or a published version, an alias already followed. */
  readonly version: string;
  /** Empty when the URN names none. */
  readonly alias: string;
}

export type Resolution = { readonly ok: true; readonly resolved: Resolved } | { readonly ok: false; readonly error: ServiceError };

/**
 * Finds the function that a path parameter means: a whole URN, or one of the short forms that are filled in from the caller's project.
 * Source: "Function Model", FunctionGraph API reference.
 *
 * @param address percent-decoded
 */
export function resolve(address: string, functions: ReadonlyMap<string, LocalFunction>, site: Site): Resolution {
  const read = parseUrn(complete(address, site));
  if (!read.ok) return { ok: false, error: serviceErrors.invalidUrn };
  const { urn } = read;
  const fn = functions.get(urn.name);
  if (fn === undefined || urn.region !== site.region || urn.projectId !== site.projectId || urn.package !== fn.settings.package) {
    return { ok: false, error: serviceErrors.noFunction };
  }
  if (urn.version.startsWith('!')) {
    const alias = urn.version.slice(1);
    if (!Object.hasOwn(fn.settings.aliases, alias)) return { ok: false, error: serviceErrors.noAlias };
    return { ok: true, resolved: { fn, version: fn.settings.aliases[alias]!, alias } };
  }
  if (urn.version !== 'latest' && !fn.settings.versions.includes(urn.version)) return { ok: false, error: serviceErrors.noVersion };
  return { ok: true, resolved: { fn, version: urn.version, alias: '' } };
}

function complete(address: string, site: Site): string {
  const parts = address.split(':');
  if (parts.length > 4) return address;
  if (parts.length === 1) parts.unshift('default');
  if (parts.length === 2) parts.unshift(site.projectId);
  const [projectId, ...rest] = parts;
  return ['urn:fss', site.region, projectId, 'function', ...rest].join(':');
}
