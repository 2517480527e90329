import { listen } from './connection.js';
import { byId } from './elements.js';

/** Limits and reports may be asked of Redis: not for each sample. */
const everyMs = 6_000;

let dueAtMs = performance.now() + everyMs;
let asking = false;

/** Puts the page as it is now in the place of what is shown, unless somebody is at work in it. */
async function refresh() {
  const main = byId('main');
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, redirect: 'manual' }).catch(() => undefined);
  if (answer?.ok !== true) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('main');
  const isAtWork = document.activeElement !== main && main.contains(document.activeElement);
  if (fresh === null || isAtWork || getSelection()?.isCollapsed === false) return;
  const newer = byId('newer').hidden;
  main.replaceChildren(...fresh.childNodes);
  byId('newer').hidden = newer;
}

listen(() => {
  if (asking || performance.now() < dueAtMs) return;
  asking = true;
  void refresh().finally(() => {
    asking = false;
    dueAtMs = performance.now() + everyMs;
  });
});
