/** `npm run check`: types, lint, format, generated files, and code without a user. */
import { checkGenerated, checkTypes, checkUnused, lint } from './support/checks.ts';

const results = [await checkTypes(), await lint(), await checkGenerated(), await checkUnused()];
for (const { output } of results) if (output.trim() !== '') console.log(output.trim());
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
