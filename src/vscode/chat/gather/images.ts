/** Images that the user attached: files, and pictures that were pasted. */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { MAX_IMAGE_BYTES, MAX_IMAGES_BYTES, tooMuch } from '../../../assist/index.ts';
import { asLocalized } from '../../../base/l10n.ts';
import { singleLine } from '../../../base/text.ts';
import type { ImageContent } from '../../../inference/index.ts';
import { property } from '../../commands/property.ts';
import { labelOf } from './chatPiece.ts';
import { isFolder } from './folderTree.ts';
import type { ImageFiles } from './imageFiles.ts';
import { NoRoom } from './unreadable.ts';

/** An image that goes with a question. */
export interface ChatImage extends ImageContent {
  readonly name: string;
  /** Undefined for a picture that was pasted. */
  readonly place?: vscode.Uri | undefined;
}

/** Names of files that are read as images. What they are is told by their first bytes. */
const IMAGE = /\.(?:png|jpe?g|gif|webp|bmp|tiff?|heic|avif)$/i;

/** Returns the images among attachments: by their media type, or files by their name. A folder may have such a name. */
export async function imageReferences(
  references: readonly vscode.ChatPromptReference[],
): Promise<vscode.ChatPromptReference[]> {
  const are = await Promise.all(
    references.map(async ({ value }) =>
      value instanceof vscode.Uri
        ? IMAGE.test(value.path) && !(await isFolder(value))
        : mediaTypeOf(value) !== undefined,
    ),
  );
  return references.filter((_, index) => are[index]);
}

/** VS Code's class for binary data has no stable type. */
function mediaTypeOf(value: unknown): string | undefined {
  const mediaType = property(value, 'mimeType');
  return typeof mediaType === 'string' && mediaType.startsWith('image/') ? mediaType : undefined;
}

/**
 * Reads images one after another, the latest first, and no more of them than a request may have.
 * @param references images only.
 * @param onFailed receives what was thrown for an image that is left out: Unreadable if there is no room for it.
 * @returns them in the order in which they were attached.
 */
export async function readImages(
  references: readonly vscode.ChatPromptReference[],
  files: ImageFiles,
  onFailed: (reference: vscode.ChatPromptReference, error: unknown) => void,
): Promise<ChatImage[]> {
  const images: ChatImage[] = [];
  let room = MAX_IMAGES_BYTES;
  for (const reference of references.toReversed()) {
    try {
      const image = await readImage(reference, room, files);
      // An image that is too large is told so when it is known what it is.
      if (image.bytes.length <= MAX_IMAGE_BYTES) room -= image.bytes.length;
      images.unshift(image);
    } catch (error) {
      onFailed(reference, error);
    }
  }
  return images;
}

/**
 * @param room bytes that it may have.
 * @throws NoRoom if it has more, Unreadable if a file is too large for any request; as the file system.
 */
async function readImage(
  { value, id }: vscode.ChatPromptReference,
  room: number,
  files: ImageFiles,
): Promise<ChatImage> {
  if (value instanceof vscode.Uri) {
    return { name: labelOf(value), mediaType: '', bytes: await files.read(value, room), place: value };
  }
  const place = property(value, 'reference');
  const uri = place instanceof vscode.Uri ? place : undefined;
  const data = property(value, 'data');
  const bytes: unknown = typeof data === 'function' ? await data.call(value) : undefined;
  if (!(bytes instanceof Uint8Array)) throw new Error('It has no bytes.');
  const name = uri === undefined ? singleLine(id, 80) : labelOf(uri);
  if (bytes.length <= MAX_IMAGE_BYTES && bytes.length > room) throw new NoRoom(tooMuch(asLocalized(name)));
  return { name, mediaType: mediaTypeOf(value) ?? '', bytes, ...(uri === undefined ? {} : { place: uri }) };
}

const digests = new WeakMap<Uint8Array, string>();

/** Returns the SHA-256 digest of an image in hexadecimal, by which it is found again in a later turn. */
export function imageDigest({ bytes }: Pick<ImageContent, 'bytes'>): string {
  const digest = digests.get(bytes) ?? createHash('sha256').update(bytes).digest('hex');
  digests.set(bytes, digest);
  return digest;
}

/** Reads the images of earlier questions, the latest question first, until a request has no room for more. */
export class EarlierImages {
  readonly #files: ImageFiles;
  /** Bytes that the rest may have; negative once one had too many: those before it are not read any more. */
  #room: number;
  /** Number of images that are not there any more, or were changed. */
  lost = 0;
  /** Number of images that there is no room for. */
  tooMany = 0;

  /** @param now the images of the question that is asked, which come first. */
  constructor(files: ImageFiles, now: readonly ImageContent[]) {
    this.#files = files;
    const sizes = now.map(({ bytes }) => bytes.length).filter((size) => size <= MAX_IMAGE_BYTES);
    this.#room = sizes.reduce((room, size) => room - size, MAX_IMAGES_BYTES);
  }

  /** Returns the images of a question that are still what they were. @param wanted the digests of all of them. */
  async of(
    references: readonly vscode.ChatPromptReference[],
    wanted: readonly string[],
  ): Promise<ChatImage[]> {
    if (wanted.length === 0) return [];
    const rest = [...wanted];
    const images: ChatImage[] = [];
    for (const reference of this.#room < 0 ? [] : (await imageReferences(references)).reverse()) {
      if (rest.length === 0 || this.#room < 0) break;
      const image = await this.#read(reference);
      const index = image === undefined ? -1 : rest.indexOf(imageDigest(image));
      if (image === undefined || index === -1) continue;
      rest.splice(index, 1);
      this.#room -= image.bytes.length;
      images.unshift(image);
    }
    if (this.#room < 0) this.tooMany += rest.length;
    else this.lost += rest.length;
    return images;
  }

  /** An image that cannot be read any more is lost. */
  async #read(reference: vscode.ChatPromptReference): Promise<ChatImage | undefined> {
    try {
      return await readImage(reference, this.#room, this.#files);
    } catch (error) {
      if (error instanceof NoRoom) this.#room = -1;
      return undefined;
    }
  }
}
