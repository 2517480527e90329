import { describe, expect, test } from 'vitest';
import { type Credentials, flawOfAccess } from '../../src/admin/access.ts';

const here: Credentials = { authorization: undefined, host: 'localhost:8081', origin: undefined, remoteAddress: '127.0.0.1' };
const token = { reveal: () => 'correct-horse' };

describe('without a token', () => {
  test.each<Partial<Credentials>>([
    {},
    { host: '127.0.0.1' },
    { host: 'LOCALHOST:80' },
    { host: '[::1]:8081', remoteAddress: '::1' },
    { remoteAddress: '::ffff:127.0.0.1' },
    { origin: 'http://localhost:3000' },
    { origin: 'http://127.0.0.1:8081' },
    { origin: 'https://[::1]' },
  ])('who is on this machine and means it may: %j', (request) => {
    expect(flawOfAccess({ ...here, ...request }, undefined)).toBeUndefined();
  });

  test.each(['10.0.0.7', '192.168.1.2', '::ffff:10.0.0.7', 'fe80::1', '127.0.0.1.evil.example', undefined])(
    'a caller at %s may not',
    (remoteAddress) => {
      expect(flawOfAccess({ ...here, remoteAddress }, undefined)).toMatchObject({ code: 'forbidden' });
    },
  );

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.7', '', undefined])(
    'a name that was made to resolve to loopback does not help: %j',
    (host) => {
      expect(flawOfAccess({ ...here, host }, undefined)).toMatchObject({ code: 'forbidden' });
    },
  );

  test.each(['https://evil.example', 'http://localhost.evil.example', 'null', ''])('a page of %j may not', (origin) => {
    expect(flawOfAccess({ ...here, origin }, undefined)).toMatchObject({ code: 'forbidden' });
  });
});

describe('with a token', () => {
  test.each(['Bearer correct-horse', 'bearer correct-horse', 'Bearer  correct-horse'])(
    'who has it may, from anywhere: %s',
    (authorization) => {
      const request = { authorization, host: 'gateway.example', origin: 'https://console.example', remoteAddress: '10.0.0.7' };
      expect(flawOfAccess(request, token)).toBeUndefined();
    },
  );

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    'Bearer correct-hors',
    'Bearer correct-horse2',
    'Bearer Correct-Horse',
    'Basic correct-horse',
    'correct-horse',
  ])('who has none or another may not, on this machine neither: %j', (authorization) => {
    expect(flawOfAccess({ ...here, authorization }, token)).toMatchObject({ code: 'unauthenticated' });
  });

  test('no refusal shows the token, given or configured', () => {
    const flaw = flawOfAccess({ ...here, authorization: 'Bearer a-guess' }, token);
    expect(JSON.stringify(flaw)).not.toMatch(/a-guess|correct-horse/);
  });
});
