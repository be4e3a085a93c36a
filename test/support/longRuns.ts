/** How long the tests run that repeat something until chance has had its say. */

/** How many of something, or which of them: few in `npm test`, many in `npm run test:long`. */
export function runs<T>(few: T, many: T): T {
  return process.env['OCI_MODELS_TEST_LONG'] === '1' ? many : few;
}
