/** Checks the first bytes of files. */
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { openUnblocked } from '../base/unblockedFile.ts';

/** @throws ModelError `gguf-invalid` if a file does not begin like a GGUF (ggml, docs/gguf.md). */
export async function requireGguf(path: string): Promise<void> {
  const file = await openUnblocked(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 4 && buffer.toString('latin1') === 'GGUF') return;
  } finally {
    await file.close();
  }
  throw new ModelError('gguf-invalid', t('{0} is not a GGUF file.', path));
}
