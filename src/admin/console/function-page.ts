import { html } from 'hono/html';
import type { Pricing, Target } from '../../call.ts';
import { live, stats } from './cells.ts';
import { chartFigures } from './chart-figures.ts';
import { failuresSection } from './failure-rows.ts';
import type { Cells, FailureRow } from './feed.ts';
import { countText } from './figures.ts';
import { figureStats } from './functions-page.ts';
import type { Html } from './layout.ts';
import { policiesOf } from './policies.ts';
import { trialSection } from './trial-section.ts';

export interface FunctionPage {
  readonly target: Target;
  /** How often each of its versions ran. */
  readonly versions: ReadonlyMap<string, number>;
  readonly cells: Cells;
  readonly failures: readonly FailureRow[];
  readonly pricing: Pricing | undefined;
  /** What its memory should be, where there is an advice. */
  readonly advice: Html | undefined;
  /** Whether a call can be explained here. */
  readonly explains: boolean;
}

export function functionPage({ target, versions, cells, failures, pricing, advice, explains }: FunctionPage): Html {
  const { name, description, urn, cache, version } = target;
  return html`
<nav class="crumbs" aria-label="Where this is"><a href="/console">Functions</a></nav>
<header class="head">
  <div><h1>${name} <span class="badge">${live('breaker', cells)}</span></h1>
  ${description === undefined ? '' : html`<p class="lead">${description}</p>`}
  <p class="urn"><code>${urn}</code></p></div>
</header>
${stats(figureStats(pricing), cells)}
<section aria-labelledby="charts-title">
  <h2 id="charts-title">Last 10 minutes</h2>
  ${chartFigures(['requests', 'latency', 'errors', 'kept'], cache === undefined ? { kept: 'Results of this function are not kept.' } : {})}
</section>
<div class="columns">
  ${trialSection(name, explains)}
  <div>
    <section aria-labelledby="policies-title"><h2 id="policies-title">How it is called</h2>
      <dl class="facts">${policiesOf(target).map(([what, value]) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}
      <div><dt>Version</dt><dd>${version}</dd></div>
      <div><dt>Versions seen</dt><dd>${seenText(versions)}</dd></div></dl>
    </section>
    ${controls(name, cache !== undefined, cells)}
    ${advice ?? ''}
  </div>
</div>
${failuresSection(failures)}
${confirmation()}`;
}

function seenText(versions: ReadonlyMap<string, number>): string {
  if (versions.size === 0) return 'none yet';
  return [...versions].map(([version, times]) => `${version}, ${times === 1 ? 'once' : `${countText(times)} times`}`).join('; ');
}

function controls(name: string, kept: boolean, cells: Cells): Html {
  return html`<section aria-labelledby="controls-title"><h2 id="controls-title">Controls</h2>
  <div class="control">
    <div><h3>Circuit</h3><p>Now ${live('breaker', cells)}. Held open, calls are refused at once; held closed, all go through.</p></div>
    <div class="buttons">
      ${action('breaker', { state: 'open' }, 'Hold open', `Hold the circuit of ${name} open?`, 'Every call of it is refused with 503 circuit_open, until the circuit is left to itself again. Its static fallback answers, if it has one.')}
      ${action('breaker', { state: 'closed' }, 'Hold closed', `Hold the circuit of ${name} closed?`, 'Calls go through whatever comes of them: the circuit does not open until it is left to itself again.')}
      ${action('breaker', { state: 'auto' }, 'Leave to itself', `Leave the circuit of ${name} to itself?`, 'It goes by the configuration again: one that is open lets a call through first, to see, and closes when that one succeeds.')}
    </div>
  </div>
  ${
    kept
      ? html`<div class="control">
    <div><h3>Kept results</h3><p>Ends what is kept of this function, on every gateway.</p></div>
    <div class="buttons">${action('purge', {}, 'Purge', `Purge what is kept of ${name}?`, 'All its kept results end, of all consumers and on every gateway. The next calls run the function, which is billed.')}</div>
  </div>`
      : ''
  }
  <p class="outcome" id="control-outcome" role="status"></p>
</section>`;
}

function action(what: string, body: object, label: string, title: string, consequence: string): Html {
  return html`<button type="button" class="button" data-action="${what}" data-body="${JSON.stringify(body)}" data-title="${title}" data-consequence="${consequence}">${label}</button>`;
}

/** Says what will happen before it does; filled in by the script. */
function confirmation(): Html {
  return html`<dialog id="confirm" aria-labelledby="confirm-title" aria-describedby="confirm-text">
  <h2 id="confirm-title"></h2><p id="confirm-text"></p>
  <div class="buttons"><button type="button" class="button" id="confirm-cancel">Cancel</button><button type="button" class="button primary" id="confirm-go"></button></div>
</dialog>`;
}
