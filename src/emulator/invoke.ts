import { isUtf8 } from 'node:buffer';
import type { Clock } from '../call.ts';
import { type Resolved, resolve } from './address.ts';
import { type Asked, answerOf, type HttpAnswer, refusal } from './answer.ts';
import type { Background } from './background.ts';
import type { Books } from './books.ts';
import { draw, type Fault, type Spoil } from './faults.ts';
import type { Fleet } from './fleet.ts';
import type { Run } from './instance.ts';
import type { LocalFunction, Site } from './library.ts';
import { failureCodes } from './runtime/messages.ts';
import { type ServiceError, serviceErrors } from './service-error.ts';
import { memorySizesMb } from './settings.ts';

/** What invocations work on. `functions` and `faults` change while the emulator runs. */
export interface World {
  readonly site: Site;
  functions: ReadonlyMap<string, LocalFunction>;
  faults: readonly Fault[];
  readonly fleet: Fleet;
  readonly books: Books;
  readonly background: Background;
  readonly clock: Clock;
  readonly random: () => number;
  /** Takes what functions write, line by line. */
  readonly log: (line: string) => void;
  /** Aborted when the emulator closes. */
  readonly closed: AbortSignal;
}

export interface Invocation {
  readonly api: 'v1.0' | 'v2';
  /** The URN of the path, percent-decoded. */
  readonly address: string;
  readonly requestId: string;
  readonly body: Buffer;
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** What goes back: an answer, whole or cut in its middle, or something that is none. */
export type Reply =
  | { readonly kind: 'answer' | 'truncated'; readonly answer: HttpAnswer }
  | { readonly kind: 'reset' }
  /** Bytes that are not HTTP. */
  | { readonly kind: 'garbage' };

/** `…/invocations`: runs the function and answers with its result. */
export async function invoke(world: World, invocation: Invocation): Promise<Reply> {
  const { requestId, header } = invocation;
  const admitted = await admit(world, invocation);
  if ('reply' in admitted) return admitted.reply;
  const run = await execute(world, invocation, admitted, false);
  if (run === undefined) return refused(serviceErrors.tooManyRequests, requestId);
  const { fn, version } = admitted.resolved;
  const asked: Asked = {
    requestId,
    wantsLog: header('x-cff-log-type') === 'tail',
    form: invocation.api === 'v1.0' ? 'none' : header('x-cff-request-version') === 'v1' ? 'v1' : 'v0',
    version,
    memorySizeMb: fn.settings.memorySize,
  };
  return spoiled(run, asked, admitted.spoil);
}

/** `…/invocations-async`: answers at once, then runs the function. */
export async function invokeAsync(world: World, invocation: Invocation): Promise<Reply> {
  const { requestId } = invocation;
  const admitted = await admit(world, invocation);
  if ('reply' in admitted) return admitted.reply;
  const started = world.background.start(admitted.resolved.fn.name, requestId, () => execute(world, invocation, admitted, true));
  if (!started) return refused(serviceErrors.tooManyRequests, requestId);
  // The two generations of the API spell it differently.
  const body = invocation.api === 'v1.0' ? { 'request-id': requestId } : { request_id: requestId };
  const headers = { 'Content-Type': 'application/json', 'X-Request-Id': requestId, 'X-Cff-Request-Id': requestId };
  return { kind: 'answer', answer: { status: 202, headers, body: JSON.stringify(body) } };
}

interface Admitted {
  readonly resolved: Resolved;
  /** JSON text. */
  readonly event: string;
  readonly coldStartMs: number;
  readonly spoil: Spoil | undefined;
}

/** Everything that may keep a call from running. */
async function admit(world: World, { address, body, header, requestId }: Invocation): Promise<Admitted | { readonly reply: Reply }> {
  const refuse = (error: ServiceError) => ({ reply: refused(error, requestId) });
  const resolution = resolve(address, world.functions, world.site);
  if (!resolution.ok) return refuse(resolution.error);
  const { resolved } = resolution;
  const memory = header('x-cff-instance-memory');
  if (memory !== undefined && !memorySizesMb.includes(Number(memory))) return refuse(serviceErrors.notAcceptable);
  const mishap = draw(world.faults, resolved.fn.name, world.random);
  if (mishap.delayMs > 0) await world.clock.sleep(mishap.delayMs, world.closed);
  if (mishap.before === 'reset') return { reply: { kind: 'reset' } };
  if (mishap.before !== undefined) return refuse(mishap.before);
  if (resolved.fn.settings.concurrency === 0) return refuse(serviceErrors.functionDisabled);
  const event = jsonText(body);
  if (event === undefined) return refuse(serviceErrors.invalidParameter);
  return { resolved, event, coldStartMs: mishap.coldStartMs, spoil: mishap.after };
}

/** Runs the function and writes it into the books; nothing when it was throttled. */
async function execute(
  world: World,
  { requestId, header }: Invocation,
  { resolved, event, coldStartMs, spoil }: Admitted,
  queued: boolean,
): Promise<Run | undefined> {
  const { fn, alias } = resolved;
  const run = await world.fleet.pool(resolved).run({ requestId, alias, event }, { coldStartMs, queued });
  if (run.kind === 'throttled') return undefined;
  const outcome = spoil === 'user-error-200' || spoil === 'user-error-500' ? failedBy(spoil, run) : run;
  world.books.enter(fn.name, fn.settings.memorySize, outcome, header('x-request-id'));
  for (const line of run.log.split('\n')) if (line !== '') world.log(`${fn.name} ${requestId} ${line}`);
  return outcome;
}

function failedBy(spoil: Spoil, run: Run): Run {
  const error = { errorMessage: `made to fail by the fault "${spoil}"`, errorType: 'Error' };
  return { ...run, kind: 'failed', code: failureCodes.exception, error };
}

function spoiled(run: Run, asked: Asked, spoil: Spoil | undefined): Reply {
  switch (spoil) {
    case 'reset-after':
      return { kind: 'reset' };
    case 'garbage':
      return { kind: 'garbage' };
    case 'truncate':
      return { kind: 'truncated', answer: answerOf(run, asked) };
    case 'user-error-200':
      return { kind: 'answer', answer: answerOf(run, asked, 200) };
    case 'user-error-500':
      return { kind: 'answer', answer: answerOf(run, asked, 500) };
    case 'bad-summary': {
      const answer = answerOf(run, asked);
      return { kind: 'answer', answer: { ...answer, headers: { ...answer.headers, 'X-Cff-Invoke-Summary': '{"duration":' } } };
    }
    default:
      return { kind: 'answer', answer: answerOf(run, asked) };
  }
}

function refused(error: ServiceError, requestId: string): Reply {
  return { kind: 'answer', answer: refusal(error, requestId) };
}

function jsonText(body: Buffer): string | undefined {
  if (!isUtf8(body)) return undefined;
  const text = body.toString();
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
