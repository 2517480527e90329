import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../../src/redis/reason.ts';

/** As ioredis makes them. */
const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const system = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:6379`), { code });

describe('why there is no reply', () => {
  test.each<[unknown, string]>([
    [reply('WRONGTYPE Operation against a key holding the wrong kind of value'), 'WRONGTYPE'],
    [reply('LOADING Redis is loading the dataset in memory'), 'LOADING'],
    [reply("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."), 'MASTERDOWN'],
    [reply('CLUSTERDOWN The cluster is down'), 'CLUSTERDOWN'],
    [reply('MOVED 3999 10.0.0.1:6381'), 'MOVED'],
    [reply("CROSSSLOT Keys in request don't hash to the same slot"), 'CROSSSLOT'],
    [reply("ERR unknown command 'hunter2'"), 'ERR'],
    [reply('HUNTER2 is no code that is known here'), 'ERR'],
    [new Error('Too many Cluster redirections. Last error: ReplyError: MOVED 1 10.0.0.1:6379'), 'MOVED'],
    [new Error('Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys request'), 'TRYAGAIN'],
    [new Error('All sentinels are unreachable and retry is disabled. Last error: Connection is closed.'), 'no_sentinel'],
    [new Error('All sentinels are unreachable and retry is disabled. Last error: WRONGPASS invalid username'), 'WRONGPASS'],
    [Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: reply('NOAUTH Authentication required.') }), 'NOAUTH'],
    [Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: new Error('timeout') }), 'timeout'],
    [new Error('Command timed out'), 'timeout'],
    [new Error("Socket timeout. Expecting data, but didn't receive any in 2000ms."), 'timeout'],
    [system('ECONNREFUSED'), 'ECONNREFUSED'],
    [system('SELF_SIGNED_CERT_IN_CHAIN'), 'SELF_SIGNED_CERT_IN_CHAIN'],
    [Object.assign(new Error(), { code: 'hunter2' }), 'closed'],
    [new Error('Connection is closed.'), 'closed'],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'closed'],
    ['hunter2', 'closed'],
  ])('%s is %s', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  test('is never what a server made up', () => {
    const known = new Set(['ASK', 'BUSY', 'DENIED', 'ERR', 'MISCONF', 'MOVED', 'NOAUTH', 'NOPERM', 'OOM', 'READONLY', 'timeout']);
    fc.assert(fc.property(fc.stringMatching(/^[A-Z]{1,12}( .*)?$/), (text) => known.has(reasonOf(reply(text)))));
  });
});
