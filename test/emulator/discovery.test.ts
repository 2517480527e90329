import { describe, expect, test } from 'vitest';
import { page } from '../../src/emulator/discovery.ts';
import { handler, open, site } from './local.ts';

const base = `/v2/${site.projectId}/fgs/functions`;
const prefix = `urn:fss:${site.region}:${site.projectId}:function`;
const functions = {
  'a/index.js': handler('return 1;'),
  'a/function.yaml': 'description: The first.\nversions: [v1]\naliases: { stable: v1 }\nmemorySize: 256\ntimeout: 9\nconcurrency: 5',
  'b/index.js': handler('return 1;'),
  'b/function.yaml': 'package: tools',
  'c/index.js': handler('return 1;'),
};

async function get(path: string) {
  const emulator = await open(functions);
  const { status, text } = await emulator.fetch(base + path);
  return { status, body: JSON.parse(text) };
}

describe('listing functions', () => {
  test('gives each with a URN that has no version, and what a gateway needs of its settings', async () => {
    const { body } = await get('');
    expect(body).toMatchObject({ count: 3, next_marker: 3 });
    expect(body.functions[0]).toMatchObject({
      func_urn: `${prefix}:default:a`,
      func_name: 'a',
      description: 'The first.',
      memory_size: 256,
      timeout: 9,
      strategy_config: { concurrency: 5, concurrent_num: 1 },
    });
    expect(body.functions[2].strategy_config.concurrency).toBe(-1);
  });

  test('goes page by page until nothing is left', async () => {
    const emulator = await open(functions);
    const names: string[] = [];
    for (let marker = 0; ; ) {
      const { functions, next_marker } = JSON.parse((await emulator.fetch(`${base}?marker=${marker}&maxitems=2`)).text);
      if (functions.length === 0) break;
      names.push(...functions.map((fn: { func_name: string }) => fn.func_name));
      marker = next_marker;
    }
    expect(names).toEqual(['a', 'b', 'c']);
  });

  test('can be narrowed to a package or a name', async () => {
    expect((await get('?package_name=tools')).body.functions.map((fn: { func_name: string }) => fn.func_name)).toEqual(['b']);
    expect((await get('?func_name=c')).body.count).toBe(1);
  });

  test.each(['marker=-1', 'maxitems=x', 'marker=1.5', 'maxitems=9999999999'])('%s is refused', async (query) => {
    expect(await get(`?${query}`)).toMatchObject({ status: 400, body: { error_code: 'FSS.1001' } });
  });

  test('a page has at most 400, also when 0, none or more are asked for', () => {
    const all = Array.from({ length: 500 }, (_, index) => index);
    for (const query of [{}, { maxitems: '0' }, { maxitems: '401' }]) {
      expect(page(all, query)).toMatchObject({ ok: true, items: { length: 400 }, nextMarker: 400, count: 500 });
    }
  });
});

describe('one function', () => {
  test('its configuration has a URN with a version', async () => {
    expect((await get('/a/config')).body).toMatchObject({ func_urn: `${prefix}:default:a:latest`, version: 'latest' });
    expect((await get(`/${prefix}:default:a:!stable/config`)).body).toMatchObject({ func_urn: `${prefix}:default:a:v1`, version: 'v1' });
  });

  test('its versions and aliases', async () => {
    const versions = await get('/a/versions');
    expect(versions.body.versions.map((view: { func_urn: string }) => view.func_urn)).toEqual([
      `${prefix}:default:a:latest`,
      `${prefix}:default:a:v1`,
    ]);
    const alias = { name: 'stable', version: 'v1', alias_urn: `${prefix}:default:a:!stable` };
    expect((await get('/a/aliases')).body).toEqual([expect.objectContaining(alias)]);
    expect((await get('/a/aliases/stable')).body).toMatchObject(alias);
    expect(await get('/a/aliases/other')).toMatchObject({ status: 404, body: { error_code: 'FSS.1053' } });
    expect(await get('/nobody/config')).toMatchObject({ status: 404, body: { error_code: 'FSS.1051' } });
  });
});
