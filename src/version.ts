import packageJson from '../package.json' with { type: 'json' };

/** The version that runs, as `package.json` has it. */
export const version: string = packageJson.version;
