import { parentPort, workerData } from 'node:worker_threads';
import { findPaths, type PathsToFind } from './find-paths.ts';

/** A thread of its own for one search: it ends with its answer, and what it took is free again. */
parentPort?.postMessage(findPaths(workerData as PathsToFind));
