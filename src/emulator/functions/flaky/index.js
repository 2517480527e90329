/** Each way a function can fail. */
const failures = {
  /** Throws at once. */
  throw: () => {
    throw new Error('flaky was asked to throw');
  },
  /** Rejects later, with something that is no Error. */
  reject: async () => {
    await undefined;
    return Promise.reject({ code: 'FLAKY', reason: 'flaky was asked to reject' });
  },
  /** Never answers. */
  timeout: () => new Promise(() => {}),
  /** Ends the process. */
  exit: () => process.exit(1),
  /** Keeps everything until the memory is used up. */
  memory: () => {
    const kept = [];
    for (;;) kept.push(new Array(10_000).fill(kept.length));
  },
};

/** { how: 'throw' | 'reject' | 'timeout' | 'exit' | 'memory', share?: 0 to 1 } -> { ok: true } when it does not fail. */
exports.handler = async (event) => {
  const { how = 'throw', share = 1 } = event;
  const fail = Object.hasOwn(failures, how) ? failures[how] : undefined;
  if (fail === undefined) throw new RangeError(`how is ${JSON.stringify(how)}, allowed is one of ${Object.keys(failures).join(', ')}`);
  console.log(`about to ${how} in ${share * 100} % of the calls`);
  if (Math.random() < share) await fail();
  return { ok: true, how, share };
};
