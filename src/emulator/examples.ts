import { fileURLToPath } from 'node:url';
import type { Site } from './library.ts';

/** The folder of the example functions. */
export const exampleFunctionsDir = fileURLToPath(new URL('functions', import.meta.url));

/** Region and project of the example in FunctionGraph's API reference, "Executing a Function Synchronously". */
export const exampleSite: Site = { region: 'cn-north-1', projectId: '7aad83af3e8d42e99ac194e8419e2c9b' };
