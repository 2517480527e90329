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
  dialog.returnValue = '';
  dialog.showModal();
  byId(careful ? 'confirm-cancel' : 'confirm-go').focus();
  // Closing gives the focus back to where it was.
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'go'), { once: true });
  });
}
