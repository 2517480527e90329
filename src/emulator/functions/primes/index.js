const largest = 10_000_000;

/** Bit n is set when n is known not to be prime. Filled once for each instance. */
let composite;

exports.initializer = (_context, callback) => {
  composite = new Uint8Array(Math.ceil((largest + 1) / 8));
  for (let n = 2; n * n <= largest; n += 1) {
    if (isComposite(n)) continue;
    for (let multiple = n * n; multiple <= largest; multiple += n) composite[multiple >> 3] |= 1 << (multiple & 7);
  }
  callback(null, '');
};

/** { n: 2 to 10,000,000 } -> { n, prime, factors: [[prime, power], …], primesUpTo }. */
exports.handler = (event, context, callback) => {
  const { n } = event;
  if (!Number.isInteger(n) || n < 2 || n > largest) {
    callback(new RangeError(`n is ${JSON.stringify(n)}, allowed is a whole number from 2 to ${largest}`));
    return;
  }
  let primesUpTo = 0;
  for (let i = 2; i <= n; i += 1) if (!isComposite(i)) primesUpTo += 1;
  context.getLogger().info(`counted the primes up to ${n}`);
  callback(null, { n, prime: !isComposite(n), factors: factorise(n), primesUpTo });
};

function isComposite(n) {
  return (composite[n >> 3] & (1 << (n & 7))) !== 0;
}

function factorise(n) {
  const factors = [];
  let rest = n;
  for (let prime = 2; prime * prime <= rest; prime += 1) {
    let power = 0;
    for (; rest % prime === 0; rest /= prime) power += 1;
    if (power > 0) factors.push([prime, power]);
  }
  if (rest > 1) factors.push([rest, 1]);
  return factors;
}
