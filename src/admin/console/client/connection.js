import { byId } from './elements.js';

/** @import { Tick } from '../feed.ts' */

const retryMs = 5_000;

/** What the page says of its connection; it is told to screen readers once for each change, not for each sample. */
const words = { live: 'Live', lost: 'Not connected', out: 'Signed out', paused: 'Paused' };

/**
 * Brings what the page listens to, until it is left. `fresh`: it is the first of its stream, which tells everything anew.
 * @template {Tick} T
 * @param {(tick: T, fresh: boolean) => void} onTick
 */
export function listen(onTick) {
  const { events = '', generation } = document.body.dataset;
  const place = document.querySelector('.connection');
  let fresh = true;
  /** @type {EventSource | undefined} */
  let source;

  /** @param {keyof typeof words} state */
  const show = (state) => {
    if (!(place instanceof HTMLElement) || place.dataset.connection === state) return;
    place.dataset.connection = state;
    byId('connection').textContent = words[state];
  };

  const open = () => {
    source?.close();
    fresh = true;
    source = new EventSource(events);
    source.onmessage = ({ data }) => {
      const tick = /** @type {T} */ (JSON.parse(data));
      show('live');
      byId('sampled').textContent = tick.at;
      // After a restart it counts from 1 again, which is another one just as well.
      if (String(tick.generation) !== generation) byId('newer').hidden = false;
      onTick(tick, fresh);
      fresh = false;
    };
    source.onerror = () => {
      fresh = true;
      if (source?.readyState === EventSource.CLOSED) void refused();
      else show('lost');
    };
  };

  /** An answer came that is no stream: nobody is signed in any more, or there is no room. */
  const refused = async () => {
    const answer = await fetch(location.href, { method: 'HEAD' }).catch(() => undefined);
    if (answer?.status === 401) return show('out');
    show('lost');
    setTimeout(() => document.visibilityState === 'visible' && open(), retryMs);
  };

  // A page that nobody sees takes no place from one that somebody does.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') return open();
    source?.close();
    show('paused');
  });
  addEventListener('pagehide', () => source?.close());
  if (document.visibilityState === 'visible') open();
}
