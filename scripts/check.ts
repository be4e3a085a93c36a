/** `npm run check`: types, lint, format, and the files that are made of the declarations of commands. */
import { checkGenerated, checkTypes, lint } from './support/checks.ts';

const results = [await checkTypes(), await lint(), await checkGenerated()];
for (const { output } of results) if (output.trim() !== '') console.log(output.trim());
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
