import { expect, test } from 'vitest';
import { ensurePrograms } from '../support/provision.ts';

test('a machine that lacks a program, where nothing can be installed, is told what to install in one line', () => {
  const lacking = () => ensurePrograms({ 'redis-server': 'redis-server', promtool: 'prometheus' }, '/nonexistent');
  expect(lacking).toThrow(
    /^the tests need redis-server and promtool: install it \(on Debian and Ubuntu: apt-get install redis-server prometheus\)$/,
  );
});

test('a machine that has all programs is left as it is', () => {
  expect(() => ensurePrograms({ node: 'nodejs' })).not.toThrow();
});
