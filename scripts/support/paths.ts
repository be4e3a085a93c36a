/** Where things are in a checkout. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Built bundles. */
export const DIST = join(ROOT, 'dist');

/** Downloaded editors and the state of test runs; git-ignored. */
export const CACHE = join(ROOT, '.vscode-test');

/** What Node makes of our TypeScript: most of the time of a short test goes into that. */
export const COMPILE_CACHE = join(CACHE, 'compile-cache');

/** Screenshots and logs of test runs; git-ignored. */
export const RESULTS = join(ROOT, 'test-results');
