import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

import { whereIs } from './provision.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface TestBrowser extends AsyncDisposable {
  /** A page of its own, as of somebody who was never there. `flaws`: what it complains of: errors, breaches of its policy. */
  open(options?: BrowserContextOptions): Promise<{ page: Page; flaws: string[] }>;
}

/** The Chromium of the machine, see `provision.ts`. */
export async function startBrowser(): Promise<TestBrowser> {
  // As root it runs without its sandbox only.
  const browser: Browser = await chromium.launch({ executablePath: whereIs('chromium')!, args: ['--no-sandbox'] });
  return {
    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const flaws: string[] = [];
      page.on('pageerror', (error) => void flaws.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') flaws.push(message.text());
      });
      await page.addInitScript(
        "document.addEventListener('securitypolicyviolation', (it) => console.error('policy', it.violatedDirective, it.blockedURI))",
      );
      return { page, flaws };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** What axe finds serious or critical: its rule, and where. */
export async function barriersOn(page: Page): Promise<string[]> {
  // Not as a script of the page: its policy would not have it.
  await page.evaluate(axeSource);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
