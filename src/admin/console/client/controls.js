import { ask } from './ask.js';
import { confirmed } from './confirm.js';
import { byId } from './elements.js';

/**
 * The buttons by which a function is taken in hand: each says what it does before it does it.
 * @param {string} name
 */
export function bindControls(name) {
  const outcome = byId('control-outcome');
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('button[data-action]'))) {
    const { action = '', body = '{}', title = '', consequence = '' } = button.dataset;
    button.addEventListener('click', async () => {
      if (!(await confirmed({ title, text: consequence, go: button.textContent, careful: true }))) return;
      outcome.textContent = '…';
      await ask(name, action, JSON.parse(body)).then(
        ({ done }) => {
          outcome.textContent = done;
        },
        (flaw) => {
          outcome.textContent = flaw.message;
        },
      );
    });
  }
}
