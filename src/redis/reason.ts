/** The codes of Redis that mean something to who reads a metric. Any other is `ERR`, so that a label stays a closed set. */
const redisCodes = [
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'CROSSSLOT',
  'DENIED',
  'ERR',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'NOSCRIPT',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'WRONGPASS',
  'WRONGTYPE',
];
/** `ECONNREFUSED`, `CERT_HAS_EXPIRED`: names that Node gives, never the other side. */
const systemCode = /^[A-Z][A-Z0-9_]{1,63}$/;

/**
 * Why there is no reply, as a code. What ioredis and the server say in words may repeat the command that failed, the password
 * included: none of it leaves this file.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'closed';
  const { name, message } = error;
  if (name === 'ReplyError') return codeIn(message.split(' ', 1)) ?? 'ERR';
  // None of a cluster's nodes could be asked for the slots: why the last one could not says more.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) return reasonOf(error.lastNodeError);
  // A command, a socket, the slots of a cluster.
  if (/^(?:Command timed out|Socket timeout|timeout$)/.test(message)) return 'timeout';
  if (message.startsWith('All sentinels are unreachable')) return codeIn(message.split(/\W+/)) ?? 'no_sentinel';
  // Led from node to node more often than is followed.
  if (message.startsWith('Too many Cluster redirections')) return codeIn(message.split(/\W+/)) ?? 'MOVED';
  if ('code' in error && typeof error.code === 'string' && systemCode.test(error.code)) return error.code;
  return 'closed';
}

function codeIn(words: readonly string[]): string | undefined {
  return words.find((word) => redisCodes.includes(word));
}
