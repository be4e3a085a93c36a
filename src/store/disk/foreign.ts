/** What to say of something in the store's folder that this store did not make. */
import { ModelError } from '../../base/error.ts';

/** How `lstat` and `fstat` tell what something is. */
interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
}

export function kindOf(status: Kind): string {
  if (status.isSymbolicLink()) return 'a link';
  if (status.isDirectory()) return 'a folder';
  if (status.isFIFO()) return 'a pipe';
  return status.isFile() ? 'a file' : 'no plain file';
}

/** Something in the store's folder that this store did not make and that is in its way. */
export class ForeignFileError extends ModelError {
  constructor(path: string, kind: string) {
    const message = `${path} is ${kind} that OCI Models did not make, so it is left alone. Move it away, then try again.`;
    super('store-error', message);
  }
}

/** @param kind as {@link kindOf} names it. */
export function foreignError(path: string, kind = 'a file'): ForeignFileError {
  return new ForeignFileError(path, kind);
}

/** @throws ModelError `store-error` unless `status` is of a plain file. */
export function requireFile(path: string, status: Kind): void {
  if (!status.isFile()) throw foreignError(path, kindOf(status));
}
