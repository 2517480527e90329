import { mbMsPerGbSecond } from '../call.ts';
import type { Script } from '../remote.ts';
import type { Line } from './line.ts';
import { grains, type Rule } from './store.ts';

/** Of one consumer, on one node of a cluster, since a script counts all its limits at once. */
export function keysOf(consumer: string, gateway: string): string[] {
  const keys = ['used', 'reserved', 'held', 'holds', `seen:${gateway}`];
  return keys.map((key) => `{quota:${consumer}}:${key}`);
}

/** Fields of a rule in the arguments of a script. */
const width = 19;

/** `remembers`: says also what Redis said last, for one that may have lost it. */
export function ruleArgs(rule: Rule, line: Line, epochMs: number, remembers = false): (string | number)[] {
  const { window } = rule;
  const bounds = window.kind === 'calendar' ? window.at(epochMs) : { startMs: 0, endMs: window.ms };
  const { life, owed, said, confirmed } = line;
  const is = [rule.unit === 'requests' ? 1 : 0, rule.enforced ? 1 : 0, rule.warnAt, bounds.startMs, bounds.endMs];
  const counted = [confirmed.calls, confirmed.mbMs, life.calls, life.mbMs, owed.calls, owed.mbMs];
  const known = remembers ? [line.startMs, line.endMs, said.calls, said.mbMs] : [0, 0, 0, 0];
  return [rule.key, rule.amount, rule.perMillionCalls, rule.perGbSecond, ...is, ...counted, ...known];
}

/**
 * Reads the rules from ARGV[2] on, of which there are ARGV[1], and what stands of each, and ends the windows that are over. A duration is
 * timed by Redis. A calendar's window is named by its start: an older one changes nothing, unless it is older by more than one. Who
 * is further off than some seconds is told what time it is, and comes again.
 */
const open = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local used, reserved, held, holds, seen = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local rules, names = {}, {}
local at = 2
for i = 1, tonumber(ARGV[1]) do
  local function number(offset) return tonumber(ARGV[at + offset]) end
  names[i] = ARGV[at]
  rules[i] = {
    key = ARGV[at], amount = number(1), perMillionCalls = number(2), perGbSecond = number(3), requests = number(4) == 1,
    enforced = number(5) == 1, warnAt = number(6), from = number(7), to = number(8), confirmedCalls = number(9), confirmedMbMs = number(10),
    lifeCalls = number(11), lifeMbMs = number(12), owedCalls = number(13), owedMbMs = number(14),
    knownStart = number(15), knownEnd = number(16), knownCalls = number(17), knownMbMs = number(18), reserved = 0, over = 0, warned = 0,
  }
  if rules[i].from > 0 and (now < rules[i].from - 5000 or now >= rules[i].to + 5000) then return now end
  at = at + ${width}
end
local function drop(token)
  redis.call('ZREM', held, token)
  local of = redis.call('HGET', holds, token)
  if not of then return end
  redis.call('HDEL', holds, token)
  for _, part in ipairs(cjson.decode(of)) do redis.call('HINCRBY', reserved, part[1], string.format('%.0f', -part[2])) end
end
for _, token in ipairs(redis.call('ZRANGEBYSCORE', held, '-inf', now, 'LIMIT', 0, 100)) do drop(token) end
if #names > 0 then
  local found = redis.call('HMGET', used, unpack(names))
  local grains = redis.call('HMGET', reserved, unpack(names))
  for i, rule in ipairs(rules) do
    local first, last, calls, mbMs, told = string.match(found[i] or '', '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
    rule.first, rule.last = tonumber(first or 0), tonumber(last or 0)
    rule.calls, rule.mbMs, rule.told = tonumber(calls or 0), tonumber(mbMs or 0), tonumber(told or 0)
    rule.reserved = math.max(0, tonumber(grains[i] or 0))
    if rule.from > 0 then
      if rule.from > rule.first or rule.to < rule.first then
        rule.first, rule.last, rule.calls, rule.mbMs = rule.from, rule.to, 0, 0
      end
    elseif rule.last <= now then
      rule.first, rule.last, rule.calls, rule.mbMs = 0, 0, 0, 0
    end
  end
end
local function value(rule, calls, mbMs)
  return calls * rule.perMillionCalls / 1000000 + mbMs / ${mbMsPerGbSecond} * rule.perGbSecond
end
local function left(rule)
  return ${grains} * (1 - value(rule, rule.calls, rule.mbMs) / rule.amount) - rule.reserved
end
local function begin(rule)
  if rule.first == 0 then rule.first, rule.last = now, now + rule.to end
end
local function keep(key, ttl)
  if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, ttl) end
end
local day = 86400000
local function write()
  local fields, last = {}, now
  for _, rule in ipairs(rules) do
    if rule.changed then
      if rule.warnAt > 0 and rule.told ~= rule.first and value(rule, rule.calls, rule.mbMs) >= rule.warnAt * rule.amount then
        rule.told, rule.warned = rule.first, 1
      end
      fields[#fields + 1] = rule.key
      fields[#fields + 1] = string.format('%.0f %.0f %.0f %.0f %.0f', rule.first, rule.last, rule.calls, rule.mbMs, rule.told)
      last = math.max(last, rule.last)
    end
  end
  if #fields == 0 then return end
  redis.call('HSET', used, unpack(fields))
  keep(used, last - now + day)
  keep(seen, day)
end
local function answer(code)
  local all = {code, now}
  for _, rule in ipairs(rules) do
    local rest = rule.to
    if rule.first > 0 then rest = rule.last - now end
    for _, each in ipairs({rule.first, rest, rule.calls, rule.mbMs, rule.reserved, rule.over, rule.warned}) do all[#all + 1] = each end
  end
  return all
end
`;

export const rulings = ['admitted', 'refused', 'full', 'broke'] as const;

/** Whether a call would fit. */
const judge = `
local code = 0
for _, rule in ipairs(rules) do
  if rule.requests then
    if rule.calls + 1 > rule.amount then
      rule.over = 1
      if rule.enforced then code = 1 end
    end
  elseif left(rule) <= 0 then
    rule.over = 1
    if rule.enforced and code == 0 then code = 3 end
  end
end
if code == 0 and places > 0 and redis.call('ZCARD', held) >= places then code = 2 end
`;

/** After the rules: token, how long it holds, estimate in MB·ms, 1 if it is to hold something, places (0: any number). */
export const admit: Script = {
  name: 'runwayAdmit',
  lua: `${open}
local token, lasts, estimate, places = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 4])
${judge}
if code == 1 or code == 2 then return answer(code) end
local holding = {}
for _, rule in ipairs(rules) do
  if rule.requests then
    begin(rule)
    rule.calls, rule.changed = rule.calls + 1, true
    redis.call('HSETNX', seen, rule.key .. ':calls', string.format('%.0f', rule.confirmedCalls))
    redis.call('HINCRBY', seen, rule.key .. ':calls', 1)
  elseif code == 0 then
    local grains = math.min(math.ceil(${grains} * value(rule, 1, estimate) / rule.amount), math.max(0, math.ceil(left(rule))))
    if grains > 0 then
      rule.reserved = rule.reserved + grains
      redis.call('HINCRBY', reserved, rule.key, string.format('%.0f', grains))
      holding[#holding + 1] = {rule.key, grains}
    end
  end
end
if code == 0 and ARGV[at + 3] == '1' then
  redis.call('ZADD', held, now + lasts, token)
  if #holding > 0 then redis.call('HSET', holds, token, cjson.encode(holding)) end
  for _, key in ipairs({held, holds, reserved}) do keep(key, lasts + day) end
end
write()
return answer(code)`,
};

/**
 * Takes what a gateway has counted since it began, and adds what of it has not been seen: it may be told twice, and in any order. Of that,
 * no more than was counted in a window that still runs. After the rules: tokens of calls that ended.
 */
export const settle: Script = {
  name: 'runwaySettle',
  lua: `${open}
for i = at, #ARGV do drop(ARGV[i]) end
for _, rule in ipairs(rules) do
  if rule.knownStart > 0 and rule.knownEnd > now then
    local counted = rule.knownCalls + rule.knownMbMs > 0
    if rule.first == 0 or (rule.first == rule.knownStart and counted) then
      rule.first, rule.last, rule.changed = rule.knownStart, rule.knownEnd, true
      rule.calls, rule.mbMs = math.max(rule.calls, rule.knownCalls), math.max(rule.mbMs, rule.knownMbMs)
    elseif rule.from == 0 and rule.first > rule.knownStart and counted then
      rule.first, rule.last, rule.changed = rule.knownStart, rule.knownEnd, true
      rule.calls, rule.mbMs = rule.calls + rule.knownCalls, rule.mbMs + rule.knownMbMs
    end
  end
  local fields = {rule.key .. ':calls', rule.key .. ':mbMs'}
  local before = redis.call('HMGET', seen, unpack(fields))
  local calls = rule.lifeCalls - tonumber(before[1] or rule.confirmedCalls)
  local mbMs = rule.lifeMbMs - tonumber(before[2] or rule.confirmedMbMs)
  -- Requests are settled while none is under way, so that fewer than were seen are those that did not come about; of charges they are late.
  if not rule.requests then calls, mbMs = math.max(0, calls), math.max(0, mbMs) end
  if calls ~= 0 or mbMs ~= 0 then
    redis.call('HSET', seen, fields[1], string.format('%.0f', rule.lifeCalls), fields[2], string.format('%.0f', rule.lifeMbMs))
    begin(rule)
    rule.calls = math.max(0, rule.calls + math.min(calls, rule.owedCalls))
    rule.mbMs = rule.mbMs + math.min(mbMs, rule.owedMbMs)
    rule.changed = true
  end
end
write()
return answer(0)`,
};

/** After the rules: the token. */
export const release: Script = { name: 'runwayReleaseHeld', lua: `${open}\ndrop(ARGV[at])\nreturn 1` };

export const read: Script = { name: 'runwayReadUsed', lua: `${open}\nreturn answer(0)` };

/** What {@link admit} would say. After the rules: places (0: any number). */
export const foresee: Script = {
  name: 'runwayForesee',
  lua: `${open}\nlocal places = tonumber(ARGV[at])\n${judge}\nreturn answer(code)`,
};
