/** The folder of the store, as a person writes it into a setting. */
import { isAbsolute, join, normalize } from 'node:path';
import { ModelError } from '../../base/error.ts';

/**
 * The absolute path that `text` means: a leading `~` is the user's home.
 * @throws ModelError `store-error` for a relative path, which would mean another folder in each window.
 */
export function storeFolder(text: string, home: string): string {
  const path = text.trim();
  const inHome = /^~(?:[/\\](.*))?$/s.exec(path);
  if (inHome !== null) return join(home, inHome[1] ?? '');
  if (isAbsolute(path)) return normalize(path);
  const message = `The setting ociModels.storePath is “${path.slice(0, 200)}”, which does not say where that folder is. Write the whole path, or begin it with ~/.`;
  throw new ModelError('store-error', message);
}
