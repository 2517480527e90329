import { byId } from './elements.js';

/**
 * Says what will happen, and resolves to whether it shall. `careful`: a key pressed in haste must not do it.
 * @param {{ title: string, text: string, go: string, careful: boolean }} what
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, go, careful }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('confirm'));
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-go').textContent = go;
  dialog.showModal();
  byId(careful ? 'confirm-cancel' : 'confirm-go').focus();
  return new Promise((resolve) => {
    const answered = new AbortController();
    const { signal } = answered;
    /** @param {boolean} answer */
    const settle = (answer) => {
      answered.abort();
      // Gives the focus back to where it was.
      dialog.close();
      resolve(answer);
    };
    byId('confirm-go').addEventListener('click', () => settle(true), { signal });
    byId('confirm-cancel').addEventListener('click', () => settle(false), { signal });
    dialog.addEventListener('cancel', () => settle(false), { signal });
    // It comes late: the dialog may be open again by then, for another question.
    dialog.addEventListener('close', () => dialog.open || settle(false), { signal });
  });
}
