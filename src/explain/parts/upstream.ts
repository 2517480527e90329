import type { Path } from '../../config/problem.ts';
import { formatDuration } from '../../config/units.ts';
import type { Upstream } from '../../upstream.ts';
import type { Situation } from '../situation.ts';
import { at, type Wanted, type WantedPart } from '../wanted.ts';

/** Where the function lives, and how the gateway is let in there. */
export function upstreamPart({ upstream }: Situation): WantedPart {
  const { id, region, projectId, endpoint, emulated, apiVersion, response, connectTimeoutMs } = upstream;
  const own = (key: string, value: unknown, says: string) => at(['upstreams', id, key], value, says);
  const where = own('endpoint', endpoint, emulated ? `${endpoint}, an emulator` : endpoint);
  const settings: Wanted[] = [
    { ...at(['upstreams', id], { region, projectId }, `${id} serves region ${region} and project ${projectId}`), key: 'place' },
    emulated ? { ...where, paths: [] } : where,
    own('apiVersion', apiVersion, `API ${apiVersion}`),
    ...(apiVersion === 'v2' ? [own('response', response, `${response} answers`)] : []),
    credentials(upstream),
    own('connectTimeout', connectTimeoutMs, `${formatDuration(connectTimeoutMs)} to connect`),
  ];
  return { part: 'upstream', name: id, says: '', settings };
}

/** The kind alone, and where it stands. */
function credentials({ id, credentials: given }: Upstream): Wanted {
  const path: Path = ['upstreams', id, 'credentials'];
  const of = (...[keys, value, says]: [Path, string, string]): Wanted => ({ ...at([...path, ...keys], value, says), key: 'credentials' });
  if (given === undefined) return of([], 'none', 'unsigned');
  if (given.kind === 'iam') return of(['iam'], 'iam', 'with a token of IAM');
  const temporary = given.securityToken !== undefined;
  return of(['accessKey'], 'aksk', temporary ? 'signed with temporary AK/SK' : 'signed with AK/SK');
}
