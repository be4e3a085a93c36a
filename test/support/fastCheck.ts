/** fast-check with a seed of ours; every test takes it from here, because its own seed is the time. */
// biome-ignore lint/style/noRestrictedImports: the one place that gives it a seed
import fc from 'fast-check';
import { SEED } from './seed.ts';

fc.configureGlobal({ seed: SEED });

export default fc;
