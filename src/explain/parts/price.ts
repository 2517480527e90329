import { costOf, mbMsPerGbSecond } from '../../call.ts';
import type { Situation } from '../situation.ts';
import { at, type WantedPart } from '../wanted.ts';
import { shownNumber } from '../words.ts';

/** What an execution is billed, as far as that is known. */
export function pricePart({ pricing, now }: Situation): WantedPart[] {
  if (pricing === undefined && now === undefined) return [];
  const own = (key: string, value: unknown, says: string) => at(['pricing', key], value, says);
  const settings =
    pricing === undefined
      ? [at(['pricing'], null, 'no prices')]
      : [
          own('perMillionRequests', pricing.perMillionRequests, `${pricing.perMillionRequests} ${pricing.currency} a million requests`),
          own('perGbSecond', pricing.perGbSecond, `${pricing.perGbSecond} ${pricing.currency} a GB-second`),
        ];
  if (now === undefined) return [{ part: 'price', says: '', settings }];
  const { mbMs, learned } = now.estimate;
  const gbSeconds = mbMs / mbMsPerGbSecond;
  const cost = pricing && costOf(pricing, 1, mbMs);
  const money = cost === undefined ? '' : `, ${shownNumber(cost)} ${pricing!.currency}`;
  const why = learned ? 'by what it was billed lately' : 'a first guess, since it has not run yet';
  const says = `about ${shownNumber(gbSeconds)} GB-seconds${money} an execution, ${why}`;
  return [{ part: 'price', says, settings, now: { gbSeconds, ...(cost !== undefined && { cost }), learned } }];
}
