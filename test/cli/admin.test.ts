import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { askAdmin } from '../../src/cli/admin.ts';
import { adminToken } from '../../src/config/admin-token.ts';
import { startAdminPlane } from '../support/admin.ts';

/** An admin plane on a port of its own, with no circuits. */
async function startAdmin(token?: string) {
  const listening = await startAdminPlane({ token });
  return { url: listening.url, [Symbol.asyncDispose]: () => listening.close(0) };
}

describe('asking the admin plane', () => {
  test('gives what it answers', async () => {
    await using admin = await startAdmin();
    expect(await askAdmin({ url: admin.url }, '/admin/breakers')).toEqual({ breakers: [] });
  });

  test('brings the token along', async () => {
    await using admin = await startAdmin('secret');
    expect(await askAdmin({ url: admin.url, token: 'secret' }, '/admin/breakers')).toEqual({ breakers: [] });
  });

  test('says how to give the token when there is none, and that it is another’s when there is one', async () => {
    await using admin = await startAdmin('secret');
    const why = `the gateway at ${admin.url} lets nobody in without its admin.token: `;
    await expect(askAdmin({ url: admin.url }, '/admin/breakers')).rejects.toThrow(`${why}give it with --token or $RUNWAY_ADMIN_TOKEN`);
    await expect(askAdmin({ url: admin.url, token: 'guess' }, '/admin/breakers')).rejects.toThrow(`${why}the token of`);
  });

  test('never quotes a token that cannot be sent', async () => {
    await using admin = await startAdmin('secret');
    const asked = askAdmin({ url: admin.url, token: 'sec\nret' }, '/admin/breakers');
    await expect(asked).rejects.toThrow('the token has characters that cannot be sent, allowed are those of ASCII');
  });

  test('says what the gateway has against the request', async () => {
    await using admin = await startAdmin();
    const init = { method: 'POST', body: '{"state":"ajar"}' };
    const why = `the gateway at ${admin.url} answers 400: the state of the circuit cannot be read from the body`;
    await expect(askAdmin({ url: admin.url }, '/admin/breakers/hello', init)).rejects.toThrow(why);
  });

  test('says when something else than a gateway answers', async () => {
    const other = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    await using _closed = { [Symbol.asyncDispose]: async () => void other.close() };
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const why = `what answers at ${url} is no admin plane of a gateway: status 200 at /admin/breakers`;
    await expect(askAdmin({ url }, '/admin/breakers')).rejects.toThrow(why);
  });

  test('says when nothing answers, and why', async () => {
    const admin = await startAdmin();
    await admin[Symbol.asyncDispose]();
    await expect(askAdmin({ url: admin.url }, '/admin/breakers')).rejects.toThrow(
      `no gateway answers at ${admin.url}: connect ECONNREFUSED`,
    );
  });
});

test('the token is the one given, else $RUNWAY_ADMIN_TOKEN unless that is empty', () => {
  expect(adminToken('given', { RUNWAY_ADMIN_TOKEN: 'from-env' })).toBe('given');
  expect(adminToken(undefined, { RUNWAY_ADMIN_TOKEN: 'from-env' })).toBe('from-env');
  expect(adminToken(undefined, { RUNWAY_ADMIN_TOKEN: '' })).toBeUndefined();
});
