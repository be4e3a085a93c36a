/** Paths that a person typed. */
import { resolve } from 'node:path';

/**
 * Resolves a path of the command line. npm starts scripts in the folder of the package, and tells where it was started
 * itself.
 * @param cwd the folder that a relative path starts from.
 */
export function userPath(path: string, cwd: string = process.env['INIT_CWD'] ?? process.cwd()): string {
  return resolve(cwd, path);
}
