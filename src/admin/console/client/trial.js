import { ask } from './ask.js';
import { confirmed } from './confirm.js';
import { byId, element } from './elements.js';
import { showExplanation } from './explanation.js';

/** @import { Trial } from '../feed.ts' */

/**
 * The form for a call by hand.
 * @param {string} name
 */
export function bindTrial(name) {
  const form = /** @type {HTMLFormElement} */ (byId('trial'));
  const event = /** @type {HTMLTextAreaElement} */ (byId('event'));
  const key = /** @type {HTMLInputElement} */ (byId('key'));
  const log = /** @type {HTMLInputElement} */ (byId('log'));
  const call = /** @type {HTMLButtonElement} */ (byId('call'));
  const outcome = byId('trial-outcome');
  const explain = document.getElementById('explain');
  const consumer = /** @type {HTMLInputElement | null} */ (document.getElementById('consumer'));

  const isJson = () => {
    const flaw = flawOfJson(event.value);
    byId('event-flaw').textContent = flaw;
    event.toggleAttribute('aria-invalid', flaw !== '');
    if (flaw !== '') event.focus();
    return flaw === '';
  };
  /**
   * @template T
   * @param {Promise<T>} work
   * @param {(result: T) => string} show what it came to, and gives it in a few words
   */
  const during = async (work, show) => {
    form.setAttribute('aria-busy', 'true');
    call.disabled = true;
    outcome.textContent = 'Under way …';
    const said = await work.then(show, (flaw) => flaw.message);
    form.removeAttribute('aria-busy');
    call.disabled = false;
    // It was disabled under the focus.
    if (document.activeElement === document.body) call.focus();
    outcome.textContent = said;
  };

  event.addEventListener('input', () => {
    byId('event-flaw').textContent = '';
    event.removeAttribute('aria-invalid');
  });
  form.addEventListener('submit', async (submitted) => {
    submitted.preventDefault();
    if (!isJson()) return;
    const text = 'It runs for real: it is billed, counts against the limits of whoever the key belongs to, and does whatever it does.';
    if (!(await confirmed({ title: `Call ${name}?`, text, go: 'Call', careful: false }))) return;
    await during(ask(name, 'try', { event: event.value, key: key.value.trim(), log: log.checked }), showTrial);
  });
  explain?.addEventListener('click', async () => {
    if (!isJson() || consumer === null) return;
    await during(ask(name, 'explain', { event: event.value, consumer: consumer.value.trim() }), showExplanation);
  });
}

/** @param {string} text */
function flawOfJson(text) {
  if (text.trim() === '') return '';
  try {
    JSON.parse(text);
    return '';
  } catch (flaw) {
    return `This is not JSON: ${/** @type {Error} */ (flaw).message}`;
  }
}

/** @param {Trial} trial */
function showTrial({ status, tone, tookText, timing, headers, body, cut, bodyBytes, log }) {
  byId('answer').hidden = false;
  const statusPlace = byId('answer-status');
  statusPlace.textContent = String(status);
  statusPlace.dataset.tone = tone;
  byId('answer-took').textContent = `in ${tookText}`;
  byId('answer-timing').replaceChildren(...timingBar(timing));
  byId('answer-size').textContent = cut
    ? `the beginning of ${bodyBytes.toLocaleString('en')} bytes`
    : `${bodyBytes.toLocaleString('en')} bytes`;
  byId('answer-body').textContent = body;
  byId('answer-log-part').hidden = log === null;
  byId('answer-log').textContent = log ?? '';
  byId('answer-headers').replaceChildren(...headers.map(fact));
  return `${status} in ${tookText}`;
}

/** @param {Trial['timing']} timing */
function timingBar(timing) {
  if (timing.length === 0) return [];
  const bar = element('div', '', 'timing-bar');
  bar.setAttribute('aria-hidden', 'true');
  const legend = element('ul', '', 'timing-legend');
  for (const { name, ms, text } of timing) {
    const part = element('span');
    part.dataset.part = name;
    part.style.flexGrow = String(ms);
    bar.append(part);
    const item = element('li', `${name} ${text}`);
    item.dataset.part = name;
    legend.append(item);
  }
  return [bar, legend];
}

/** @param {readonly [string, string]} entry */
function fact([name, value]) {
  const row = element('div');
  row.append(element('dt', name), element('dd', value));
  return row;
}
