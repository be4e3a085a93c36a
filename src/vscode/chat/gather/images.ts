/** Images that the user attached: files, and pictures that were pasted. */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { MAX_IMAGE_BYTES, MAX_IMAGES_BYTES, tooLarge, tooMuch } from '../../../assist/index.ts';
import { asLocalized } from '../../../base/l10n.ts';
import { singleLine } from '../../../base/text.ts';
import type { ImageContent } from '../../../inference/index.ts';
import { property } from '../../commands/property.ts';
import { labelOf } from './chatPiece.ts';
import { Unreadable } from './unreadable.ts';

/** An image that goes with a question. */
export interface ChatImage extends ImageContent {
  readonly name: string;
  /** Undefined for a picture that was pasted. */
  readonly place?: vscode.Uri | undefined;
}

/** Names of files that are read as images. What they are is told by their first bytes. */
const IMAGE = /\.(?:png|jpe?g|gif|webp|bmp|tiff?|heic|avif)$/i;

/** Tells if an attachment is an image, by its media type or its name. */
export function isImageReference({ value }: Pick<vscode.ChatPromptReference, 'value'>): boolean {
  return value instanceof vscode.Uri ? IMAGE.test(value.path) : mediaTypeOf(value) !== undefined;
}

/** VS Code's class for binary data has no stable type. */
function mediaTypeOf(value: unknown): string | undefined {
  const mediaType = property(value, 'mimeType');
  return typeof mediaType === 'string' && mediaType.startsWith('image/') ? mediaType : undefined;
}

/**
 * Reads the images among attachments one after another, the latest first, and no more of them than a request may have.
 * @param onFailed receives what was thrown for an image that is left out: Unreadable if there is no room for it.
 * @returns them in the order in which they were attached.
 */
export async function readImages(
  references: readonly vscode.ChatPromptReference[],
  onFailed: (reference: vscode.ChatPromptReference, error: unknown) => void,
): Promise<ChatImage[]> {
  const images: ChatImage[] = [];
  let room = MAX_IMAGES_BYTES;
  for (const reference of references.filter(isImageReference).reverse()) {
    try {
      const image = await readImage(reference, room);
      const { name, bytes } = image;
      if (bytes.length <= MAX_IMAGE_BYTES) {
        if (bytes.length > room) throw new Unreadable(tooMuch(asLocalized(name)));
        room -= bytes.length;
      }
      images.unshift(image);
    } catch (error) {
      onFailed(reference, error);
    }
  }
  return images;
}

/** @param room bytes that a file may have. @throws Unreadable if it is too large; as the file system. */
async function readImage({ value, id }: vscode.ChatPromptReference, room: number): Promise<ChatImage> {
  if (value instanceof vscode.Uri) return readImageFile(value, room);
  const place = property(value, 'reference');
  const uri = place instanceof vscode.Uri ? place : undefined;
  const data = property(value, 'data');
  const bytes: unknown = typeof data === 'function' ? await data.call(value) : undefined;
  if (!(bytes instanceof Uint8Array)) throw new Error('It has no bytes.');
  const name = uri === undefined ? singleLine(id, 80) : labelOf(uri);
  return { name, mediaType: mediaTypeOf(value) ?? '', bytes, ...(uri === undefined ? {} : { place: uri }) };
}

async function readImageFile(uri: vscode.Uri, room: number): Promise<ChatImage> {
  const name = labelOf(uri);
  const { size } = await vscode.workspace.fs.stat(uri);
  // A file's name is no text of ours.
  if (size > MAX_IMAGE_BYTES) throw new Unreadable(tooLarge(asLocalized(name)));
  if (size > room) throw new Unreadable(tooMuch(asLocalized(name)));
  return { name, mediaType: '', bytes: await vscode.workspace.fs.readFile(uri), place: uri };
}

/** Returns the SHA-256 digest of an image in hexadecimal, by which it is found again in a later turn. */
export function imageDigest({ bytes }: Pick<ImageContent, 'bytes'>): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The images of an earlier question that are still what they were. */
export async function sameImages(
  references: readonly vscode.ChatPromptReference[],
  digests: readonly string[],
): Promise<ChatImage[]> {
  if (digests.length === 0) return [];
  // Those that cannot be read any more are counted as lost.
  const read = await readImages(references, () => {});
  const wanted = [...digests];
  return read.filter((image) => {
    const index = wanted.indexOf(imageDigest(image));
    if (index !== -1) wanted.splice(index, 1);
    return index !== -1;
  });
}
