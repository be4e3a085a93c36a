/** The error of something in the store's folder that this store did not make. */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';

/** The part of `lstat` and `fstat` that tells the kind of a file. */
interface Status {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
}

/** Kinds of files that the error distinguishes; `other` may be a device or a socket. */
export type FileKind = 'file' | 'folder' | 'link' | 'pipe' | 'other';

export function kindOf(status: Status): FileKind {
  if (status.isSymbolicLink()) return 'link';
  if (status.isDirectory()) return 'folder';
  if (status.isFIFO()) return 'pipe';
  return status.isFile() ? 'file' : 'other';
}

function foreignText(path: string, kind: FileKind): Localized {
  switch (kind) {
    case 'file':
      return t(
        '{0} is a file that OCI Models did not make, so it is left alone. Move it away, then try again.',
        path,
      );
    case 'folder':
      return t(
        '{0} is a folder that OCI Models did not make, so it is left alone. Move it away, then try again.',
        path,
      );
    case 'link':
      return t(
        '{0} is a link that OCI Models did not make, so it is left alone. Move it away, then try again.',
        path,
      );
    case 'pipe':
      return t(
        '{0} is a pipe that OCI Models did not make, so it is left alone. Move it away, then try again.',
        path,
      );
    case 'other':
      return t(
        '{0} is a special file that OCI Models did not make, so it is left alone. Move it away, then try again.',
        path,
      );
  }
}

/** Something in the store's folder that this store did not make and that is in its way. */
export class ForeignFileError extends ModelError {
  constructor(path: string, kind: FileKind) {
    super('store-error', foreignText(path, kind));
  }
}

export function foreignError(path: string, kind: FileKind = 'file'): ForeignFileError {
  return new ForeignFileError(path, kind);
}

/** @throws ModelError `store-error` unless `status` is of a plain file. */
export function requireFile(path: string, status: Status): void {
  if (!status.isFile()) throw foreignError(path, kindOf(status));
}
