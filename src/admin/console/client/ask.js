/**
 * Asks the gateway to do something; rejects with a line for people when it did not.
 * @param {string} name of the function
 * @param {string} what
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function ask(name, what, body) {
  const path = `/console/functions/${encodeURIComponent(name)}/${what}`;
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(path, request).catch(() => undefined);
  if (answer === undefined) throw new Error('The gateway cannot be reached.');
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  if (answer.status === 401) throw new Error('You are signed out: load the page anew.');
  throw new Error(`It was refused: ${told.detail ?? answer.status}`);
}
