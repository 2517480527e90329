import { describe, expect, test } from 'vitest';
import { resolve } from '../../src/emulator/address.ts';
import type { LocalFunction } from '../../src/emulator/library.ts';
import { parseSettings } from '../../src/emulator/settings.ts';
import { site } from './local.ts';

const read = parseSettings('versions: [v1]\naliases: { stable: v1 }');
if (!read.ok) throw new Error(read.problems.join());
const urn = `urn:fss:${site.region}:${site.projectId}:function:default:hello`;
const fn: LocalFunction = { name: 'hello', codeRoot: '/code', settings: read.settings, urn };
const functions = new Map([['hello', fn]]);

describe('the address of a function', () => {
  test.each([
    ['hello', 'latest', ''],
    ['default:hello', 'latest', ''],
    [`${site.projectId}:default:hello`, 'latest', ''],
    [`${site.projectId}:default:hello:v1`, 'v1', ''],
    [`${site.projectId}:default:hello:!stable`, 'v1', 'stable'],
    [urn, 'latest', ''],
    [`${urn}:latest`, 'latest', ''],
    [`${urn}:v1`, 'v1', ''],
    [`${urn}:!stable`, 'v1', 'stable'],
  ])('%s means version %s by alias "%s"', (address, version, alias) => {
    expect(resolve(address, functions, site)).toEqual({ ok: true, resolved: { fn, version, alias } });
  });

  test.each([
    ['nobody', 'FSS.1051', 404],
    [`${urn}:v2`, 'FSS.1052', 404],
    [`${urn}:!canary`, 'FSS.1053', 404],
    [`${urn}:!constructor`, 'FSS.1053', 404],
    [urn.replace('cn-north-1', 'cn-north-4'), 'FSS.1051', 404],
    [urn.replace(site.projectId, '0'.repeat(32)), 'FSS.1051', 404],
    [urn.replace('default', 'other'), 'FSS.1051', 404],
    ['__proto__', 'FSS.1309', 400],
    ['a:b:c:d:e', 'FSS.1309', 400],
    ['', 'FSS.1309', 400],
  ])('%s is refused with %s', (address, code, status) => {
    expect(resolve(address, functions, site)).toMatchObject({ ok: false, error: { code, status } });
  });
});
