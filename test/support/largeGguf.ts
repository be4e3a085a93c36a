/** A GGUF of any size, for downloads that take a while. */
import { copyFile, open, stat } from 'node:fs/promises';

const PIECE = 4 * 1024 * 1024;

/**
 * Copies a GGUF and puts bytes behind its tensors, which readers ignore, until it has `size` bytes. The bytes
 * differ from place to place, so that a part in the wrong place does not go unseen.
 * @returns `size`
 */
export async function largeGguf(path: string, source: string, size: number): Promise<number> {
  await copyFile(source, path);
  const file = await open(path, 'r+');
  try {
    const piece = Buffer.alloc(PIECE);
    for (let at = (await stat(source)).size; at < size; at += PIECE) {
      for (let index = 0; index < PIECE; index += 4096) piece.writeDoubleLE(at + index, index);
      await file.write(piece, 0, Math.min(PIECE, size - at), at);
    }
  } finally {
    await file.close();
  }
  return size;
}
