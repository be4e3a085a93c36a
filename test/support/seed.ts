/**
 * The seed of everything that tests choose at random: the same in each run, so that `npm test` never fails by chance.
 * `npm run fuzz` sets another one with each round.
 */

/** @param fixed the seed of `npm test`. */
export function testSeed(fixed: number): number {
  return Number(process.env['OCI_MODELS_TEST_SEED'] ?? fixed);
}

/** The seed where a test names none of its own. */
export const SEED = testSeed(20_261_129);
