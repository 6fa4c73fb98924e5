import { join, resolve } from 'node:path';

/** What lies where in the data folder, as absolute paths, so that a message that names one can be acted on anywhere. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  /** Holds the first API key, until its owner has taken it from there. */
  readonly firstKey: string;
}

/** @param dataDir when relative, it counts from the folder in which the process was started */
export function dataFolder(dataDir: string): DataFolder {
  const path = resolve(dataDir);
  return { path, database: join(path, 'signa.db'), firstKey: join(path, 'first-key') };
}
