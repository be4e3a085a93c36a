/** The checks that need no running code. */
import { join } from 'node:path';
import { ROOT } from './paths.ts';
import { type Finished, runProgram } from './process.ts';

/** TypeScript, strictly. */
export function checkTypes(): Promise<Finished> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  return runProgram(process.execPath, [tsc, '--project', ROOT], { cwd: ROOT });
}

/** Biome: lint and format. */
export function lint(): Promise<Finished> {
  const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const args = [biome, 'check', '--error-on-warnings', '--colors=off', ROOT];
  return runProgram(process.execPath, args, { cwd: ROOT });
}

/** The files that `npm run generate` makes of the declarations of commands are as it would make them. */
export function checkGenerated(): Promise<Finished> {
  return runProgram(process.execPath, [join(ROOT, 'scripts', 'generate.ts'), '--check'], { cwd: ROOT });
}

/** knip: files, exports and dependencies without a user. What the serving side will need soon is entered by its tests. */
export function checkUnused(): Promise<Finished> {
  const knip = join(ROOT, 'node_modules', 'knip', 'bin', 'knip.js');
  const args = [knip, '--no-progress', '--include', 'files,exports,dependencies,unlisted,binaries'];
  return runProgram(process.execPath, args, { cwd: ROOT });
}
