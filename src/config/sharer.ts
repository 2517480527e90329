/** One object for all that are equal: thousands of functions, or consumers, mostly have the same few policies. */
export function sharer(): <Policy extends object>(policy: Policy) => Policy {
  const known = new Map<string, object>();
  return <Policy extends object>(policy: Policy) => {
    const key = JSON.stringify(policy);
    const first = known.get(key) as Policy | undefined;
    if (first) return first;
    known.set(key, policy);
    return policy;
  };
}
