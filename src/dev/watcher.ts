import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write a file in several steps: what happens within this time is one change. */
const settleMs = 100;

/** Calls `onChange` after anything in the folder, or the file, has changed and come to rest; never twice at once. Gives what ends it. */
export function watchFor(folder: string, file: string | undefined, onChange: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(onChange);
    }, settleMs);
  };
  const watchers = [watch(folder, { recursive: true }, changed)];
  // The folder of the file is watched, not the file: editors often put a new one in its place.
  if (file !== undefined) {
    watchers.push(watch(dirname(file), (_event, name) => void (name === basename(file) && changed())));
  }
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
