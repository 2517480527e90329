/** JSON of exactly so many kilobytes, with as many names and numbers as usual events have. */
export function jsonOfKb(kb: number): Buffer {
  const bytes = kb * 1024;
  const items: string[] = [];
  const frame = '{"items":[],"rest":""}'.length;
  let used = frame;
  for (let id = 0; ; id++) {
    const item = `{"id":${id},"name":"item ${id}","price":${id}.25,"tags":["a","b"],"sold":${id % 2 === 0}}`;
    if (used + item.length + 1 > bytes) break;
    used += item.length + (items.length > 0 ? 1 : 0);
    items.push(item);
  }
  return Buffer.from(`{"items":[${items.join(',')}],"rest":"${'.'.repeat(bytes - used)}"}`);
}
