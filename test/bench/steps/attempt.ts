import { systemClock } from '../../../src/clock.ts';
import { signer } from '../../../src/functiongraph/aksk.ts';
import { classify } from '../../../src/functiongraph/classify.ts';
import type { Exchange } from '../../../src/functiongraph/exchange.ts';
import { requestBuilder } from '../../../src/functiongraph/request.ts';
import { summaryHeader } from '../../../src/functiongraph/summary.ts';
import type { AkskCredentials } from '../../../src/upstream.ts';
import { answer } from '../sample.ts';
import { sampleCall, upstream } from './sample-call.ts';
import { atOnce, type Step } from './step.ts';

/** What an attempt takes besides the network. */
export function attemptSteps(): readonly Step[] {
  const hello = sampleCall('hello');
  const build = requestBuilder(upstream);
  const sign = signer(upstream.credentials as AkskCredentials, upstream.projectId);
  const request = build(hello);
  return [
    atOnce(
      'request to FunctionGraph',
      () => build(hello),
      ({ body }) => body === hello.event,
    ),
    atOnce(
      'signature',
      () => sign(request, systemClock.epochMs()),
      ({ headers }) => headers.authorization!.includes('SDK-HMAC-SHA256'),
    ),
    atOnce(
      'classification of an answer, with its summary',
      () => classify(answered, systemClock.epochMs()),
      (outcome) => outcome.kind === 'ok' && outcome.answer.summary?.billedMs === 100,
    ),
  ];
}

const answered: Exchange = {
  kind: 'answered',
  status: 200,
  headers: {
    'content-type': 'application/json',
    [summaryHeader]: '{"duration":1.913,"billingDuration":100,"memorySize":128,"memoryUsed":41.51171875}',
  },
  body: Buffer.from(answer),
};
