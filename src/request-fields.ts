/** `Prefer: wait=N` (RFC 7240 section 4.3) in milliseconds; undefined where it is not asked for. Other preferences do not matter here. */
export function waitOf(prefer: string | undefined): number | 'unreadable' | undefined {
  if (prefer === undefined) return undefined;
  for (const preference of prefer.split(',')) {
    const [name = '', value = ''] = preference.split(';', 1)[0]!.split('=');
    if (name.trim().toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,6})"?$/.exec(value.trim())?.[1];
    return seconds === undefined ? 'unreadable' : Number(seconds) * 1000;
  }
  return undefined;
}

/** Whether `Via` (RFC 9110 section 7.6.3) names a Runway among those a request came through: the mark each of them leaves. */
export function cameThroughRunway(via: string | undefined): boolean {
  return via !== undefined && /(?:^|,)\s*(?:[\w.-]+\/)?[\d.]+\s+runway\s*(?:\(|,|$)/i.test(via);
}
