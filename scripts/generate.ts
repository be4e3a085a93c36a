/**
 * `npm run generate`: writes what the declarations of commands say into package.json, package.nls.json and the files
 * `*.generated.ts`, and the list of texts into `l10n/`. With `--check` it writes nothing, and fails if one of them differs.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SLASH_COMMANDS } from '../src/assist/index.ts';
import { declaredCommands, readFiles } from './support/commandFiles.ts';
import { describeDifferences, generateFiles } from './support/contributions.ts';
import { ROOT } from './support/paths.ts';
import { bundleOfSources } from './support/texts.ts';

const actual = await readFiles();
const expected = generateFiles(await declaredCommands(), actual, await bundleOfSources(), SLASH_COMMANDS);
if (process.argv.includes('--check')) {
  const differences = describeDifferences(expected, actual);
  for (const line of differences) console.log(line);
  process.exitCode = differences.length > 0 ? 1 : 0;
} else {
  for (const [file, text] of Object.entries(expected)) {
    if (text === actual[file]) continue;
    await writeFile(join(ROOT, file), text);
    console.log(`Wrote ${file}.`);
  }
}
