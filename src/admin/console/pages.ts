import { html } from 'hono/html';
import type { Consumer } from '../../consumer.ts';
import { only, type Plane, type PlaneContext } from '../../http/plane.ts';
import type { CostAmounts } from '../cost-report.ts';
import type { UsageControl } from '../usage.ts';
import { adviceSection } from './advice-section.ts';
import { configurationPage } from './configuration-page.ts';
import { consumerPage } from './consumer-page.ts';
import { consumersPage } from './consumers-page.ts';
import type { ConsoleParts, ShowPage } from './control.ts';
import { failureRow } from './failure-rows.ts';
import { listFunctions } from './function-list.ts';
import { functionPage } from './function-page.ts';
import { functionsPage } from './functions-page.ts';
import type { PageName } from './layout.ts';
import type { LimitRow } from './limit-rows.ts';
import { paged } from './pager.ts';
import { settingsOf } from './settings.ts';
import { functionCells } from './ticks.ts';

/** Lists of the configuration are looked through page by page: of thousands nobody wants all at once. */
const parts = ['functions', 'consumers', 'upstreams'] as const;
const mostFilterLetters = 63;

/** The pages. Each shows the numbers of the moment without any script. */
export function routePages(app: Plane, sources: ConsoleParts, show: ShowPage): void {
  const { functions, breakers, usage, configuration } = sources;
  const { pricing } = functions;
  const filterOf = (c: PlaneContext) => (c.req.query('q') ?? '').trim().slice(0, mostFilterLetters);
  const missing = (c: PlaneContext, page: PageName, what: string) =>
    show(
      c,
      { title: 'Not found', page },
      html`<div class="empty"><h1>There is no such ${what}</h1><p>It may have left the configuration.</p></div>`,
      404,
    );
  const limitsOf = async ({ id, limits }: Consumer): Promise<LimitRow[]> => {
    const standing = limits.length === 0 ? [] : ((await usage.limits(id)) ?? []);
    return standing.map((limit) => ({ limit, currency: pricing?.currency }));
  };

  app.get('/console', (c) => {
    const filter = filterOf(c);
    const list = listFunctions(functions, breakers, filter);
    return show(
      c,
      { title: 'Functions', page: 'functions', script: 'functions.js', events: { filter } },
      functionsPage(list, filter, pricing),
    );
  });

  app.get('/console/functions/:name', (c) => {
    const target = functions.find(c.req.param('name'));
    if (target === undefined) return missing(c, 'functions', 'function');
    const { name } = target;
    const page = functionPage({
      target,
      versions: functions.versionsOf(name),
      cells: functionCells(sources, name),
      failures: functions.failuresOf(name).map(failureRow),
      pricing,
      advice: sources.advise && adviceSection(sources.advise(name)),
      explains: sources.explain !== undefined,
    });
    return show(c, { title: name, page: 'functions', script: 'function.js', events: { function: name } }, page);
  });

  app.get('/console/consumers', async (c) => {
    const filter = filterOf(c);
    const found = sources.consumers().filter(({ id }) => id.toLowerCase().includes(filter.toLowerCase()));
    const rows = paged(found, c.req.query('page'));
    const today = await todayOf(usage);
    const items = await Promise.all(
      rows.items.map(async (consumer) => ({ consumer, limits: await limitsOf(consumer), today: today.amounts.get(consumer.id) })),
    );
    const page = consumersPage({ ...rows, items }, filter, pricing, today.missing);
    return show(c, { title: 'Consumers', page: 'consumers', script: 'refreshed.js', events: {} }, page);
  });

  app.get('/console/consumers/:id', async (c) => {
    const consumer = sources.consumers().find(({ id }) => id === c.req.param('id'));
    if (consumer === undefined) return missing(c, 'consumers', 'consumer');
    const to = usage.today();
    const [limits, month] = await Promise.all([limitsOf(consumer), usage.usageOf(consumer.id, { from: `${to.slice(0, 8)}01`, to })]);
    const page = consumerPage({ consumer, limits, month, pricing });
    return show(c, { title: consumer.id, page: 'consumers', script: 'refreshed.js', events: {} }, page);
  });

  app.get('/console/configuration', (c) => {
    const { settings, ...inForce } = configuration();
    const filter = filterOf(c);
    const part = parts.find((name) => name === c.req.query('part')) ?? 'functions';
    const list = (name: (typeof parts)[number]) => settings[name] as readonly { readonly name?: string; readonly id?: string }[];
    const found = list(part).filter(({ name, id }) => (name ?? id ?? '').includes(filter));
    const items = paged(found, c.req.query('page'));
    const general = Object.fromEntries(Object.entries(settings).filter(([name]) => !(parts as readonly string[]).includes(name)));
    const page = configurationPage({
      inForce,
      general: settingsOf(general),
      part,
      parts: parts.map((name) => ({ name, count: list(name).length })),
      items: { ...items, items: items.items.map((item) => ({ name: item.name ?? item.id ?? '', value: settingsOf({ ...item }) })) },
      filter,
    });
    return show(c, { title: 'Configuration', page: 'configuration', script: 'watched.js', events: {} }, page);
  });

  for (const path of ['/console', '/console/functions/:name', '/console/consumers', '/console/consumers/:id', '/console/configuration']) {
    app.all(path, only('GET, HEAD'));
  }
}

/** Of all consumers what they used on this day of UTC. */
async function todayOf(usage: UsageControl): Promise<{ amounts: ReadonlyMap<string, CostAmounts>; missing: string | undefined }> {
  const today = usage.today();
  const { rows, missing } = await usage.costs({ by: 'consumer', per: 'day', from: today, to: today });
  return { amounts: new Map(rows.flatMap((row) => ('consumer' in row ? [[row.consumer, row] as const] : []))), missing };
}
