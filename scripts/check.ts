/** `npm run check`: types, lint and format. */
import { checkTypes, lint } from './support/checks.ts';

const results = [await checkTypes(), await lint()];
for (const { output } of results) if (output.trim() !== '') console.log(output.trim());
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
