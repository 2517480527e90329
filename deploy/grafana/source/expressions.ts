/** What the variables of a dashboard leave of the series: those of these gateways. */
export const ofInstances = 'instance=~"$instance"';
export const ofFunctions = `${ofInstances}, function=~"$function"`;
/** Of the one function of its dashboard. */
export const ofTheFunction = `${ofInstances}, function="$function"`;
export const ofConsumers = `${ofInstances}, consumer=~"$consumer"`;
export const ofBoth = `${ofFunctions}, consumer=~"$consumer"`;
/** Names that every process has (`process_…`, `nodejs_…`, `up`): the job of the scrape says whose they are. */
export const ofJob = `job="runway", ${ofInstances}`;

/** By these labels; none: over everything. */
export const by = (labels: string) => (labels === '' ? '' : ` by (${labels})`);

/** `selector` may be empty where a label of the series does not matter. */
export const rate = (metric: string, selector: string) => `rate(${metric}{${selector}}[$__rate_interval])`;
export const perSecond = (metric: string, selector: string, labels = '') => `sum${by(labels)} (${rate(metric, selector)})`;

/** How much a counter grew in the time that the dashboard shows. */
export const inRange = (metric: string, selector: string, labels = '') => `sum${by(labels)} (increase(${metric}{${selector}}[$__range]))`;

export const quantile = (share: number, metric: string, selector: string, labels = '') =>
  `histogram_quantile(${share}, ${perSecond(`${metric}_bucket`, selector, labels === '' ? 'le' : `le, ${labels}`)})`;

/** Nothing counted is 0, not a gap. Only for what has no labels left. */
export const orZero = (expression: string) => `(${expression} or vector(0))`;

/** Only the largest: a wall of lines says nothing. */
export const largest = (count: number, expression: string) => `topk(${count}, ${expression})`;

/** An error in the sense of the SLO: the platform's fault. What the function itself did wrong, and what a limit refused, are none. */
export const sloErrors = (selector: string, labels = '') =>
  `sum${by(labels)} (${rate('runway_requests_total', `${selector}, outcome=~"upstream_error|gateway_error"`)} or ${rate('runway_requests_total', `${selector}, outcome="refused", status="503"`)})`;

/** A caller who left is on neither side. */
export const sloRequests = (selector: string, labels = '') =>
  perSecond('runway_requests_total', `${selector}, outcome!="client_closed"`, labels);

/** Of the calls; without any error it is 0, not nothing. */
export const sloErrorRatio = (selector: string, labels = '') =>
  `(${sloErrors(selector, labels)} or 0 * ${sloRequests(selector, labels)}) / ${sloRequests(selector, labels)}`;

/** Answered without an upstream call of their own. What went past what is kept (`bypass`) was no question to it. */
export const hitRatio = (selector: string) =>
  `${orZero(perSecond('runway_cache_requests_total', `${selector}, result=~"hit|stale|coalesced"`))} / ${perSecond('runway_cache_requests_total', `${selector}, result!="bypass"`)}`;
