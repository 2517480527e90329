import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { type Resolved, resolve } from './address.ts';
import { refusal } from './answer.ts';
import type { Authenticate } from './authenticate.ts';
import { aliasViews, functionView, page, versionViews } from './discovery.ts';
import { parseFault, strayFaults } from './faults.ts';
import { type Invocation, invoke, invokeAsync, type Reply, type World } from './invoke.ts';
import { readBody, respond, send } from './send.ts';
import { authenticationError, type ServiceError, serviceErrors } from './service-error.ts';
import type { Tokens } from './tokens.ts';

/** Request bodies, source: FunctionGraph "Notes and Constraints". */
const maxEventBytes = 6 * 2 ** 20;
const maxAsyncEventBytes = 256 * 1024;

type Env = { Bindings: HttpBindings; Variables: { requestId: string; body: Buffer } };
type EmulatorContext = Context<Env>;

/** Who may call, and how request ids are made. */
export interface Gate {
  readonly authenticate: Authenticate;
  /** Absent: there is no IAM here. */
  readonly tokens: Tokens | undefined;
  readonly newRequestId: () => string;
}

/** The routes of FunctionGraph, of IAM, and the emulator's own. */
export function emulatorApp(world: World, gate: Gate): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    c.set('requestId', gate.newRequestId());
    await next();
  });
  app.notFound((c) => refuse(c, serviceErrors.noApi));
  app.onError((error, c) => {
    // A caller who leaves in the middle of its body is no fault of ours.
    if (c.env.incoming.errored === null) world.log(`emulator: ${error.stack ?? error.message}`);
    return refuse(c, serviceErrors.internal);
  });
  addInvocations(app, world, gate);
  addDiscovery(app, world, gate);
  addIam(app, gate);
  addControls(app, world);
  return app;
}

function addInvocations(app: Hono<Env>, world: World, gate: Gate): void {
  type Run = (world: World, invocation: Invocation) => Promise<Reply>;
  const answer = (api: Invocation['api'], maxBytes: number, run: Run) => async (c: EmulatorContext) => {
    const refused = await admit(c, world, gate, maxBytes);
    if (refused !== undefined) return refuse(c, refused);
    const { incoming, outgoing } = c.env;
    const header = (name: string): string | undefined => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    const reply = await run(world, { api, address: c.req.param('urn')!, requestId: c.var.requestId, body: c.var.body, header });
    return send(reply, incoming, outgoing);
  };
  for (const [api, service] of [
    ['v1.0', 'fss'],
    ['v2', 'fgs'],
  ] as const) {
    const functions = `/${api}/:project/${service}/functions/:urn`;
    app.post(`${functions}/invocations`, answer(api, maxEventBytes, invoke));
    app.post(`${functions}/invocations-async`, answer(api, maxAsyncEventBytes, invokeAsync));
    app.get(`${functions}/async-invocations`, (c) =>
      withFunction(c, world, gate, ({ fn }) => {
        const invocations = world.background.list(fn.name, c.req.query('request_id'));
        const { limit = '100', marker } = c.req.query();
        const found = page(invocations, { maxitems: limit, ...(marker !== undefined && { marker }) });
        if (!found.ok) return refuse(c, found.error);
        return json(c, { invocations: found.items, count: found.count, next_marker: String(found.nextMarker) });
      }),
    );
  }
}

function addDiscovery(app: Hono<Env>, world: World, gate: Gate): void {
  const functions = '/v2/:project/fgs/functions';
  app.get(functions, async (c) => {
    const refused = await admit(c, world, gate, 0);
    if (refused !== undefined) return refuse(c, refused);
    const { package_name: packageName, func_name: name, ...query } = c.req.query();
    const chosen = [...world.functions.values()]
      .filter((fn) => packageName === undefined || fn.settings.package === packageName)
      .filter((fn) => name === undefined || fn.name.includes(name))
      .map((fn) => functionView(fn, 'latest', fn.urn));
    const found = page(chosen, query);
    if (!found.ok) return refuse(c, found.error);
    return json(c, { functions: found.items, next_marker: found.nextMarker, count: found.count });
  });
  app.get(`${functions}/:urn/config`, (c) =>
    withFunction(c, world, gate, ({ fn, version }) => json(c, functionView(fn, version, `${fn.urn}:${version}`))),
  );
  app.get(`${functions}/:urn/versions`, (c) =>
    withFunction(c, world, gate, ({ fn }) => {
      const found = page(versionViews(fn), c.req.query());
      if (!found.ok) return refuse(c, found.error);
      return json(c, { versions: found.items, next_marker: found.nextMarker, count: found.count });
    }),
  );
  app.get(`${functions}/:urn/aliases`, (c) => withFunction(c, world, gate, ({ fn }) => json(c, aliasViews(fn))));
  app.get(`${functions}/:urn/aliases/:alias`, (c) =>
    withFunction(c, world, gate, ({ fn }) => {
      const alias = aliasViews(fn).find((view) => view.name === c.req.param('alias'));
      return alias === undefined ? refuse(c, serviceErrors.noAlias) : json(c, alias);
    }),
  );
}

/** Plays IAM: "Obtaining a User Token Through Password Authentication". */
function addIam(app: Hono<Env>, { tokens }: Gate): void {
  if (tokens === undefined) return;
  app.post('/v3/auth/tokens', async (c) => {
    const grant = tokens.grant(await c.req.json().catch(() => undefined));
    if (grant.kind === 'malformed') {
      return c.json({ error: { code: 400, message: 'The request body is invalid', title: 'Bad Request' } }, 400);
    }
    if (grant.kind === 'wrong_password') {
      return c.json({ error: { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' } }, 401);
    }
    const token = {
      methods: ['password'],
      issued_at: new Date(grant.issuedAtEpochMs).toISOString(),
      expires_at: new Date(grant.expiresAtEpochMs).toISOString(),
    };
    return c.json({ token }, 201, { 'X-Subject-Token': grant.token });
  });
}

/** The emulator's own controls: what goes wrong, and what was run. */
function addControls(app: Hono<Env>, world: World): void {
  const specs = () => world.faults.map((fault) => fault.spec);
  app.get('/_emulator/books', (c) => c.json(world.books.report()));
  app.get('/_emulator/faults', (c) => c.json(specs()));
  app.put('/_emulator/faults', async (c) => {
    const body: unknown = await c.req.json().catch(() => undefined);
    if (!Array.isArray(body)) return c.json({ problems: ['the body is not a list of faults, such as ["429=0.1"]'] }, 400);
    const read = body.map((spec) => parseFault(String(spec)));
    const faults = read.flatMap((result) => (result.ok ? [result.fault] : []));
    const unreadable = read.flatMap((result) => (result.ok ? [] : [result.detail]));
    const problems = [...unreadable, ...strayFaults(faults, world.functions)];
    if (problems.length > 0) return c.json({ problems }, 400);
    world.faults = faults;
    return c.json(specs());
  });
  app.delete('/_emulator/faults', (c) => {
    world.faults = [];
    return c.body(null, 204);
  });
}

/** Reads the body and checks the caller; says why it is refused, or nothing. */
async function admit(c: EmulatorContext, world: World, { authenticate }: Gate, maxBytes: number): Promise<ServiceError | undefined> {
  const { incoming } = c.env;
  const body = await readBody(incoming, maxBytes);
  if (body === 'too_large') return serviceErrors.bodyTooLarge;
  const { method = 'GET', url = '/', headers } = incoming;
  const problem = authenticate({ method, target: url, headers, body }, world.clock.epochMs());
  if (problem !== undefined) return authenticationError(problem);
  if (c.req.param('project') !== world.site.projectId) return serviceErrors.forbidden;
  c.set('body', body);
  return undefined;
}

async function withFunction(c: EmulatorContext, world: World, gate: Gate, show: (resolved: Resolved) => Response): Promise<Response> {
  const refused = await admit(c, world, gate, 0);
  if (refused !== undefined) return refuse(c, refused);
  const resolution = resolve(c.req.param('urn')!, world.functions, world.site);
  return resolution.ok ? show(resolution.resolved) : refuse(c, resolution.error);
}

function json(c: EmulatorContext, body: unknown): Response {
  const headers = { 'Content-Type': 'application/json', 'X-Request-Id': c.var.requestId };
  return respond({ status: 200, headers, body: JSON.stringify(body) });
}

function refuse(c: EmulatorContext, error: ServiceError): Response {
  return respond(refusal(error, c.var.requestId));
}
