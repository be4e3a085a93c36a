/** `npm run format`: formats, and repairs what lint can repair. */
import { join } from 'node:path';
import { ROOT } from './support/paths.ts';
import { runProgram } from './support/process.ts';

const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const result = await runProgram(process.execPath, [biome, 'check', '--write', ROOT], { echo: true });
process.exitCode = result.code;
