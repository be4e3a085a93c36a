/** fast-check with a seed of ours; every test takes it from here, because its own seed is the time. */
import fc from 'fast-check';
import { SEED } from './seed.ts';

fc.configureGlobal({ seed: SEED });

export default fc;
