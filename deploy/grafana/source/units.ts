import {
  BoolYesNo,
  BytesIEC,
  Dollars,
  DurationSeconds,
  NoUnit,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

/** Of all money, as the `pricing.currency` of the file: Grafana takes no variable here. For another one, change this and write the dashboards anew. */
export const money = Dollars;

/** Ids of Grafana's units, by what they are used for here. */
export const perSecondUnit = RequestsPerSecond;
export const seconds = Seconds;
/** As `3 days, 4 hours`. */
export const timeLeft = DurationSeconds;
/** Of 1. */
export const ratio = PercentUnit;
/** In powers of 1024, as FunctionGraph counts memory. */
export const bytes = BytesIEC;
/** 1.5 K, 2 Mil. */
export const count = Short;
export const plain = NoUnit;
export const yesNo = BoolYesNo;

export type Unit =
  | typeof money
  | typeof perSecondUnit
  | typeof seconds
  | typeof timeLeft
  | typeof ratio
  | typeof bytes
  | typeof count
  | typeof plain
  | typeof yesNo;
