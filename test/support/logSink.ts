/**
 * Loaded before every file of the node tests (`--import`): what parts write to the log that nobody gave them goes to
 * the file that OCI_MODELS_TEST_LOG names, so that the whole run can be looked through for secrets.
 */
import { appendFileSync } from 'node:fs';
import { silentLog } from '../../src/base/log.ts';

const file = process.env['OCI_MODELS_TEST_LOG'];
if (file !== undefined) {
  const write = (message: string): void => appendFileSync(file, `${message}\n`);
  Object.assign(silentLog, { debug: write, info: write, warn: write, error: write });
}
