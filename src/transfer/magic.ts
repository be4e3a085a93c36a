/** The first bytes of files. */
import { open } from 'node:fs/promises';
import { ModelError } from '../base/error.ts';

/** @throws ModelError `gguf-invalid` where a file does not begin as a GGUF does (ggml, docs/gguf.md). */
export async function requireGguf(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 4 && buffer.toString('latin1') === 'GGUF') return;
  } finally {
    await file.close();
  }
  throw new ModelError('gguf-invalid', `${path} does not begin as a GGUF file does.`);
}
