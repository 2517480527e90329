import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { pageOf, slugOf } from '../../src/admin/runbook/page.ts';
import { routeRunbook } from '../../src/admin/runbook/runbook.ts';
import type { Plane } from '../../src/http/plane.ts';

const app: Plane = new Hono();
routeRunbook(app);
const shown = async () => (await app.request('/runbook')).text();
const written = readFileSync(new URL('../../docs/failure-modes.md', import.meta.url), 'utf8');

describe('the runbook', () => {
  test('has an anchor for every heading, and leads to each of them', async () => {
    const page = await shown();
    const anchors = [...written.matchAll(/^##+ (.*)$/gm)].map(([, heading]) => slugOf(heading!));
    expect(anchors.length).toBeGreaterThan(30);
    for (const anchor of anchors) {
      expect(page).toContain(` id="${anchor}">`);
      expect(page).toContain(`<a href="#${anchor}">`);
    }
  });

  test('of alerts, links lead to what the page has', async () => {
    const page = await shown();
    const alerts = readFileSync(new URL('../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8');
    const anchors = [...alerts.matchAll(/runbook_url: .*#([a-z-]+)'/g)].map(([, anchor]) => anchor!);
    expect(anchors.length).toBeGreaterThan(10);
    expect(anchors.filter((anchor) => !page.includes(` id="${anchor}">`))).toEqual([]);
  });

  test('loads nothing but its own sheet, and may run nothing', async () => {
    const response = await app.request('/runbook');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'");
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const page = await response.text();
    expect([...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to)).toEqual(['/runbook/page.css']);
    expect(page).not.toMatch(/<script|style="/);
    expect((await app.request('/runbook/page.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  test('links out of the page are text', async () => {
    expect(String(await pageOf('# A\n\nSee [there](operating.md) and [here](#b).'))).toContain(
      '<p>See there and <a href="#b">here</a>.</p>',
    );
  });
});
