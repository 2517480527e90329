import { z } from 'zod';
import { parseUrn } from '../urn.ts';
import { isMap } from './fields.ts';
import type { Issue } from './problem.ts';
import { placeKeys } from './schema-upstreams.ts';

const place = z.object(placeKeys);

/**
 * Whether each function's region and project is served by exactly one upstream. Reads what is readable of a file that may be
 * wrong elsewhere, so that this is reported together with everything else.
 */
export function placeIssues(root: unknown): Issue[] {
  if (!isMap(root) || !isMap(root.upstreams)) return [];
  const issues: Issue[] = [];
  const served = new Map<string, { id: string; region: string; projectId: string }>();
  let complete = true;
  for (const [id, upstream] of Object.entries(root.upstreams)) {
    const read = place.safeParse(upstream);
    if (!read.success) {
      complete = false;
      continue;
    }
    const { region, projectId } = read.data;
    const first = served.get(`${region}:${projectId}`);
    if (first) {
      const message = `serves region ${region} and project ${projectId}, as ${first.id} does, allowed is one upstream for each region and project`;
      issues.push({ path: ['upstreams', id], at: 'key', message });
    } else served.set(`${region}:${projectId}`, { id, region, projectId });
  }
  // An upstream whose place is wrong may be the one that was meant.
  if (!complete || !isMap(root.functions)) return issues;

  const places = [...served.values()].map(({ id, region, projectId }) => `region ${region} and project ${projectId} (${id})`).join('; ');
  for (const [name, settings] of Object.entries(root.functions)) {
    const parsed = isMap(settings) && typeof settings.urn === 'string' ? parseUrn(settings.urn) : undefined;
    if (!parsed?.ok || served.has(`${parsed.urn.region}:${parsed.urn.projectId}`)) continue;
    const message = `its region ${parsed.urn.region} and project ${parsed.urn.projectId} are served by no upstream, allowed is ${places || 'nothing, since there are no upstreams'}`;
    issues.push({ path: ['functions', name, 'urn'], at: 'value', message });
  }
  return issues;
}
