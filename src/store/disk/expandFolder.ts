/** Resolves the folder of the store from the setting that a person wrote. */
import { isAbsolute, join, normalize } from 'node:path';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';

/**
 * Returns the absolute path that `text` means; a leading `~` is the user's home.
 * @throws ModelError `store-error` for a relative path, which would mean a different folder in each window.
 */
export function storeFolder(text: string, home: string): string {
  const path = text.trim();
  const inHome = /^~(?:[/\\](.*))?$/s.exec(path);
  if (inHome !== null) return join(home, inHome[1] ?? '');
  if (isAbsolute(path)) return normalize(path);
  const message = t(
    'The setting ociModels.storePath is “{0}”, which is a relative path. Write an absolute path, or begin it with ~/.',
    path.slice(0, 200),
  );
  throw new ModelError('store-error', message);
}
