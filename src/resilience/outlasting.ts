/** A signal that ends with everything but the leaving of the caller: for work that others will ask for when the caller has left. */
export function outlasting(signal: AbortSignal): AbortSignal {
  const outlived = new AbortController();
  const end = () => {
    if (signal.reason !== 'caller_left') outlived.abort(signal.reason);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return outlived.signal;
}
