import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDev } from '../../src/dev/dev.ts';
import { exampleFunctionsDir } from '../../src/emulator/examples.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { barriersOn, startBrowser, type TestBrowser } from '../support/browser.ts';
import { call, type Emulated, startEmulated } from '../support/emulated.ts';
import { until } from '../support/until.ts';

const token = 'correct-horse-battery';
const consumers = `anonymous: allow
pricing: { currency: USD, perMillionRequests: 0.2, perGbSecond: 0.00001667 }
consumers:
  billing: { keys: ["sha256:${'0'.repeat(64)}"], priority: high, limits: [{ name: burst, requests: 100, per: 1s }, { name: money, cost: 10, per: month, timeZone: UTC, mode: shadow }] }
  anonymous: { limits: [{ name: hourly, requests: 5000, per: 1h }, { name: spend, gbSeconds: 50, per: day, timeZone: UTC }] }
`;

const devHead = `listen: { host: 127.0.0.1, port: 0 }
admin: { host: 127.0.0.1, port: 0 }
upstreams: { local: { region: cn-north-1, projectId: 7aad83af3e8d42e99ac194e8419e2c9b } }
`;

let emulated: Emulated;
let browser: TestBrowser;
let served: Awaited<ReturnType<Emulated['serve']>>;
beforeAll(async () => {
  [emulated, browser] = await Promise.all([startEmulated(), startBrowser()]);
  served = await emulated.serve('console', { more: consumers });
});
afterAll(async () => {
  await served?.gateway.stop('SIGKILL');
  await browser?.[Symbol.asyncDispose]();
  await emulated?.[Symbol.asyncDispose]();
});

/** A page of the console that is up to date. */
async function openLive(path: string, options: Parameters<TestBrowser['open']>[0] = {}) {
  const opened = await browser.open(options);
  await opened.page.goto(served.admin + path);
  await opened.page.waitForSelector('[data-connection=live]');
  return opened;
}

const textOf = async (page: Page, selector: string) => (await page.textContent(selector))?.replaceAll('\u00a0', ' ').trim();

describe('the list of functions', () => {
  test('moves while functions are called, and brings those with most traffic up', async () => {
    const { page, flaws } = await openLive('/console');
    const rate = '[data-function=primes] [data-cell=rate]';
    expect(await page.locator('#functions tr').count()).toBe(6);
    expect(await textOf(page, rate)).toBe('0');
    for (let n = 0; n < 20; n++) await call(served.url, 'primes', { n: 1_000 + n });
    await until('the rate of primes to be there', async () => (await textOf(page, rate)) !== '0');
    await until('primes to be first', async () => (await page.getAttribute('#functions tr', 'data-function')) === 'primes');
    expect(await textOf(page, '.stats [data-cell=p50]')).toMatch(/^[\d.]+ (µs|ms|s)$/);
    expect(await textOf(page, '[data-function=primes] [data-cell=cost]')).toMatch(/^<?\$/);
    await page.waitForSelector('[data-function=primes] polyline[points*=","]', { state: 'attached' });
    expect(await page.locator('.plot canvas').count()).toBe(2);
    expect(flaws).toEqual([]);
  });

  test('is filtered as one types, and by the gateway without scripts', async () => {
    const { page } = await openLive('/console');
    await page.fill('#filter', 'PRI');
    expect(await page.locator('#functions tr:visible').allTextContents()).toEqual([expect.stringContaining('primes')]);
    expect(await textOf(page, '#count')).toBe('1 of 6 shown');
    await page.fill('#filter', 'no such name');
    expect(await page.isVisible('#nothing-found')).toBe(true);

    const { page: still } = await browser.open({ javaScriptEnabled: false });
    await still.goto(`${served.admin}/console`);
    await still.fill('#filter', 'pri');
    await still.click('#filter-all');
    expect(await still.locator('#functions tr').allTextContents()).toEqual([expect.stringContaining('primes')]);
    expect(await textOf(still, '#connection')).toBe('Not live');
  });
});

describe('a function', () => {
  test('is tried: its result, where the time went, its log and the headers that matter', async () => {
    const { page, flaws } = await openLive('/console/functions/hello');
    await page.fill('#event', '{"message":"tried by hand"}');
    await page.click('#call');
    expect(await textOf(page, '#confirm-title')).toBe('Call hello?');
    await page.click('#confirm-go');
    await page.waitForSelector('#answer:not([hidden])');
    expect(await textOf(page, '#answer-status')).toBe('200');
    expect(JSON.parse((await page.textContent('#answer-body'))!)).toMatchObject({ message: 'tried by hand' });
    expect(await textOf(page, '#answer-timing')).toMatch(/gateway .*upstream /);
    expect(await page.textContent('#answer-log')).toContain('saying hello');
    expect(await textOf(page, '#answer-headers')).toMatch(/x-request-id.*cache-statusrunway; fwd=bypass.*x-runway-attempts1/s);
    expect(flaws).toEqual([]);
  });

  test('is explained for a consumer, without being called', async () => {
    const { page, flaws } = await openLive('/console/functions/primes');
    const before = (await emulated.books()).invocations;
    await page.fill('#event', '{"n":12345}');
    await page.fill('#consumer', 'billing');
    await page.click('#explain');
    await page.waitForSelector('#explanation:not([hidden])');
    expect(await textOf(page, '#explanation-verdict')).toMatch(/would be sent to urn:fss:.*:primes/);
    expect(await textOf(page, '#explanation-parts')).toMatch(/billing may call primes.*limit burst/s);
    expect((await emulated.books()).invocations).toBe(before);
    await page.fill('#consumer', 'nobody');
    await page.click('#explain');
    await page.waitForSelector('#explanation-verdict[data-tone=bad]');
    expect(flaws).toEqual([]);
  });

  test('is not called for what is no JSON', async () => {
    const { page } = await openLive('/console/functions/hello');
    await page.fill('#event', '{"message":');
    await page.click('#call');
    expect(await textOf(page, '#event-flaw')).toMatch(/^This is not JSON/);
    expect(await page.isVisible('#confirm')).toBe(false);
  });

  test('that fails shows the failure with its request id, and nothing of the event', async () => {
    const { page, flaws } = await openLive('/console/functions/flaky');
    expect(await page.isVisible('#no-failures')).toBe(true);
    const answer = await call(served.url, 'flaky', { how: 'throw', mark: 'of-the-event' });
    const requestId = answer.headers.get('x-request-id')!;
    await page.waitForSelector(`#failures td.request:has-text("${requestId}")`);
    const row = await textOf(page, '#failures tr');
    expect(row).toMatch(/500.*function_error.*the function ran and failed.*anonymous/s);
    expect(await page.content()).not.toContain('of-the-event');
    await until('the share of errors', async () => (await textOf(page, '.stats [data-cell=errors]')) === '100 %');
    expect(flaws).toEqual([]);
  });

  test('is taken off by its circuit and put back, each after a question that can be declined', async () => {
    const { page } = await openLive('/console/functions/primes');
    const status = async () => (await call(served.url, 'primes', { n: 77_777 })).status;
    const hold = page.getByRole('button', { name: 'Hold open' });
    await hold.click();
    expect(await textOf(page, '#confirm-text')).toContain('503 circuit_open');
    await page.click('#confirm-cancel');
    expect(await status()).toBe(200);
    await hold.click();
    await page.click('#confirm-go');
    await page.waitForSelector('#control-outcome:has-text("The circuit is held open.")');
    const refused = await call(served.url, 'primes', { n: 88_888 });
    expect(refused.status).toBe(503);
    await page.waitForSelector('h1 [data-cell=breaker]:has-text("held open")');
    await page.waitForSelector('#failures td.code a[href="/runbook#circuit_open"]:has-text("circuit_open")');
    await page.getByRole('button', { name: 'Leave to itself' }).click();
    await page.click('#confirm-go');
    await page.waitForSelector('h1 [data-cell=breaker]:text-is("half-open")');
    expect((await call(served.url, 'primes', { n: 99_999 })).status).toBe(200);
    await page.waitForSelector('h1 [data-cell=breaker]:text-is("closed")');
    await until('what was done to be logged', () => /"act":"breaker".*"state":"open".*"requestId"/.test(served.gateway.output().stdout));
  });

  test('loses what is kept of it when that is purged', async () => {
    const kept = async () => (await call(served.url, 'hello', { message: 'kept' })).headers.get('cache-status');
    await kept();
    expect(await kept()).toMatch(/hit/);
    const { page } = await openLive('/console/functions/hello');
    await page.getByRole('button', { name: 'Purge' }).click();
    await page.click('#confirm-go');
    await page.waitForSelector('#control-outcome:has-text("has ended")');
    expect(await kept()).toMatch(/fwd=uri-miss/);
  });

  test('is tried with the keyboard alone, and focus goes back to where it was', async () => {
    const { page, flaws } = await openLive('/console/functions/hello');
    const focused = () => page.evaluate('document.activeElement.id');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    for (let presses = 0; presses < 20 && (await focused()) !== 'event'; presses++) await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('{"message":"by keyboard"}');
    for (const next of ['key', 'log', 'call']) {
      await page.keyboard.press('Tab');
      expect(await focused()).toBe(next);
    }
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('confirm-go');
    await page.keyboard.press('Escape');
    expect([await page.isVisible('#confirm'), await focused()]).toEqual([false, 'call']);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#answer:not([hidden])');
    expect(await page.textContent('#answer-body')).toContain('by keyboard');
    expect([await focused(), await textOf(page, '#trial-outcome')]).toEqual(['call', expect.stringMatching(/^200 in /)]);

    await page.getByRole('button', { name: 'Purge' }).focus();
    await page.keyboard.press('Enter');
    // What cannot be undone is not done by a key pressed twice.
    expect(await focused()).toBe('confirm-cancel');
    await page.keyboard.press('Enter');
    expect(await textOf(page, '#control-outcome')).toBe('');
    expect(flaws).toEqual([]);
  });
});

test('consumers show how their limits stand, and follow', async () => {
  const { page, flaws } = await openLive('/console/consumers');
  const left = 'tr:has-text("anonymous") .limit:has-text("hourly") .limit-left';
  const before = await textOf(page, left);
  expect(before).toMatch(/^[\d,]+ of 5,000 left$/);
  await call(served.url, 'hello', {});
  await until('the limit to follow', async () => (await textOf(page, left)) !== before);
  await page.click('text=anonymous');
  await page.waitForURL(/consumers\/anonymous$/);
  expect(await textOf(page, 'main')).toMatch(/Requests today.*This month, by function.*hello/s);
  expect(flaws).toEqual([]);
});

test('the configuration in force is shown without its secrets', async () => {
  const { page } = await openLive('/console/configuration?part=upstreams');
  await page.click('summary:has-text("main")');
  await page.click('summary:has-text("credentials")');
  const text = await textOf(page, 'main');
  expect(text).toContain(served.file);
  expect(text).toMatch(/secretKey\s*\[secret\]/);
  expect(await page.content()).not.toMatch(/example-secret-key|EXAMPLEACCESSKEY/);
});

test('a page says when another configuration is in force, or a newer one was refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runway-console-'));
  const file = join(folder, 'runway.yaml');
  const write = (functions: string) => writeFileSync(file, `${devHead}functions:\n${functions}`);
  const hello = `  hello: { urn: "urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:hello" }\n`;
  write(hello);
  const log = createLog({ write: () => undefined });
  const dev = await openDev({ configFile: file, functionsDir: exampleFunctionsDir, faults: [], log });
  const { page, flaws } = await browser.open();
  await page.goto(`${dev.adminUrl}/console/configuration`);
  await page.waitForSelector('[data-connection=live]');
  expect(await page.isVisible('#newer')).toBe(false);
  write(hello + hello.replace('hello:', 'greet:'));
  await page.waitForSelector('#newer:not([hidden])');
  await page.click('#newer a');
  await page.waitForSelector('.tree:has-text("greet")');
  write(hello.replace('urn:', 'urns:'));
  await until('the refusal', async () => {
    await page.reload();
    return /A newer one was refused.*functions\.hello\.urns/s.test((await page.textContent('main')) ?? '');
  });
  expect(flaws).toEqual([]);
  await dev.close();
  rmSync(folder, { recursive: true });
});

describe('with a token', () => {
  test('one signs in by it, once, and is brought to where one wanted to go; a wrong one is refused', async () => {
    const { gateway, admin } = await emulated.serve('console-token', { token });
    await using _gateway = gateway;
    const { page, flaws } = await browser.open();
    await page.goto(`${admin}/console/functions/hello`);
    expect(page.url()).toContain('/console/sign-in?to=');
    await page.fill('#token', 'wrong');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert]:has-text("This is not the token.")');
    await page.fill('#token', token);
    await page.keyboard.press('Enter');
    await page.waitForURL(/console\/functions\/hello$/);
    await page.waitForSelector('[data-connection=live]');
    await page.click('#call');
    await page.click('#confirm-go');
    await page.waitForSelector('#answer-status:text-is("200")');
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(gateway.output().stdout).toMatch(/"what":"wrong token".*"what":"signed in"/s);
    expect(gateway.output().stdout).not.toContain(token);
    // The one that was refused is an error for the browser too.
    expect(flaws.filter((flaw) => !flaw.includes('403'))).toEqual([]);
    const other = await page.context().newPage();
    await other.goto(`${admin}/console`);
    await page.click('text=Sign out');
    await page.waitForURL(/sign-in/);
    await other.waitForSelector('[data-connection=out]');
    expect(await textOf(other, '#connection')).toBe('Signed out');
    await page.goto(`${admin}/console`);
    expect(page.url()).toContain('/console/sign-in');
  });
});

test('a page says when its gateway is gone, and goes on when it is back', async () => {
  const first = await emulated.serve('console-restart');
  const ports = { port: Number(new URL(first.url).port), adminPort: Number(new URL(first.admin).port) };
  const { page } = await browser.open();
  await page.goto(`${first.admin}/console`);
  await page.waitForSelector('[data-connection=live]');
  await first.gateway.stop('SIGKILL');
  await page.waitForSelector('[data-connection=lost]');
  expect(await textOf(page, '#connection')).toBe('Not connected');
  const second = await emulated.serve('console-restart', ports);
  await using _second = second.gateway;
  await page.waitForSelector('[data-connection=live]');
  await call(second.url, 'hello', {});
  await until('numbers of the new one', async () => (await textOf(page, '[data-function=hello] [data-cell=rate]')) !== '0');
});

test('a gateway that drains does not wait for open pages', async () => {
  const { gateway, admin } = await emulated.serve('console-drain');
  const { page } = await browser.open();
  await page.goto(`${admin}/console`);
  await page.waitForSelector('[data-connection=live]');
  expect(await gateway.stop('SIGTERM')).toBe(0);
  await page.waitForSelector('[data-connection=lost]');
});

describe('every page', () => {
  const paths = {
    functions: '/console',
    function: '/console/functions/hello',
    failures: '/console/functions/flaky',
    consumers: '/console/consumers',
    consumer: '/console/consumers/anonymous',
    configuration: '/console/configuration',
  };
  const folder = join(import.meta.dirname, '../screenshots');
  mkdirSync(folder, { recursive: true });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test.each([1280, 390])('is without barriers and as wide as its window, at %i px', async (width) => {
      const { page, flaws } = await browser.open({ colorScheme, viewport: { width, height: 900 } });
      const barriers: string[] = [];
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(served.admin + path);
        await page.waitForSelector('[data-connection=live]');
        if (name === 'configuration') await page.locator('summary').first().click();
        if (name === 'function') {
          await page.click('#call');
          barriers.push(...(await barriersOn(page)));
          await page.screenshot({ path: join(folder, `dialog-${colorScheme}-${width}.png`) });
          await page.click('#confirm-go');
          await page.waitForSelector('#answer:not([hidden])');
          await page.click('#explain');
          await page.waitForSelector('#explanation-parts summary');
          await page.locator('#explanation-parts summary').first().click();
        }
        barriers.push(...(await barriersOn(page)));
        const tooWidePx = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect([name, tooWidePx]).toEqual([name, 0]);
        await page.evaluate('scrollTo(0, 0)');
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      }
      expect(barriers).toEqual([]);
      expect(flaws).toEqual([]);
    });
  });

  test('to sign in too', async () => {
    const { gateway, admin } = await emulated.serve('console-sign-in', { token });
    await using _gateway = gateway;
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, flaws } = await browser.open({ colorScheme, viewport: { width: 390, height: 700 } });
      await page.goto(`${admin}/console`);
      expect(await barriersOn(page)).toEqual([]);
      await page.screenshot({ path: join(folder, `sign-in-${colorScheme}-390.png`) });
      expect(flaws).toEqual([]);
    }
  });
});
