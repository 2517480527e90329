import type { LocalFunction } from './library.ts';
import { type ServiceError, serviceErrors } from './service-error.ts';
import { cpuMillicores } from './worker-start.ts';

/** -1 is "unlimited". Source: "Function Model", `strategy_config`. */
const unlimited = -1;

/** A function as ListFunctions and ShowFunctionConfig show it; the latter names the version in the URN. */
export function functionView(fn: LocalFunction, version: string, urn: string): Record<string, unknown> {
  const { settings } = fn;
  return {
    resource_id: urn,
    func_urn: urn,
    func_name: fn.name,
    namespace: fn.urn.split(':')[3],
    package: settings.package,
    runtime: 'Node.js20.15',
    timeout: settings.timeout,
    handler: settings.handler,
    memory_size: settings.memorySize,
    cpu: cpuMillicores(settings.memorySize),
    code_type: 'inline',
    user_data: JSON.stringify(settings.userData),
    version,
    description: settings.description,
    initializer_handler: settings.initializer ?? '',
    initializer_timeout: settings.initializerTimeout,
    strategy_config: { concurrency: settings.concurrency ?? unlimited, concurrent_num: 1 },
    type: 'v2',
    long_time: false,
  };
}

/** Every version of a function, each with its whole URN. */
export function versionViews(fn: LocalFunction): Record<string, unknown>[] {
  return ['latest', ...fn.settings.versions].map((version) => functionView(fn, version, `${fn.urn}:${version}`));
}

export function aliasViews(fn: LocalFunction): Record<string, unknown>[] {
  return Object.entries(fn.settings.aliases).map(([name, version]) => ({
    name,
    version,
    description: '',
    alias_urn: `${fn.urn}:!${name}`,
    additional_version_weights: {},
  }));
}

export type Page<T> =
  | { readonly ok: true; readonly items: readonly T[]; readonly nextMarker: number; readonly count: number }
  | { readonly ok: false; readonly error: ServiceError };

/**
 * One page of a list, by `marker` (where it begins, 0 by default) and `maxitems` (1 to 400; absent or 0 means 400).
 * Source: "Querying a Function List"; where the last page's marker points is not documented, here to the end of the list.
 */
export function page<T>(all: readonly T[], query: { readonly marker?: string; readonly maxitems?: string }): Page<T> {
  const marker = wholeNumber(query.marker);
  const maxItems = wholeNumber(query.maxitems);
  if (marker === undefined || maxItems === undefined) return { ok: false, error: serviceErrors.invalidQuery };
  const items = all.slice(marker, marker + (maxItems === 0 ? 400 : Math.min(maxItems, 400)));
  return { ok: true, items, nextMarker: marker + items.length, count: all.length };
}

function wholeNumber(text = '0'): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
