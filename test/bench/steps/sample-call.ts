import type { Call } from '../../../src/call.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import type { Consumer } from '../../../src/consumer.ts';
import { callOf } from '../../support/calls.ts';
import { runwayConfig } from '../programs/runway-config.ts';

const { yaml, keys } = runwayConfig({ port: 1, adminPort: 2, upstreamUrl: 'http://127.0.0.1:3' });
const loaded = parseConfig(yaml, 'runway.yaml', {});
if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));

/** The file that is served to the load of `npm run bench`. */
export const { config } = loaded;
export const upstream = config.upstreams[0]!;
export const apiKey = keys[0]!;
/** Whose key it is; it has two limits. */
export const consumer: Consumer = config.consumers[0]!;

/** A call of one of its functions by its consumer. */
export function sampleCall(functionName: string): Call {
  return callOf({ target: config.targets.find(({ name }) => name === functionName)!, consumer: consumer.id });
}
