/**
 * Reads GGUF metadata as Docker's packager copies it into the config of a model (`config.gguf`, docker/model-runner,
 * pkg/distribution/format/gguf.go): every value is text, an array is text with commas, and none has more than 50
 * elements. The vocabulary is therefore missing, but the keys of layers, heads and the template are there.
 */
import { headerFlaw } from './bounds.ts';
import { describe } from './description.ts';
import { isWanted, type MetadataValue } from './metadata.ts';
import type { GgufDescription } from './schema.ts';

const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const LIST = /^\[?\s*(?:-?\d+|true|false)(?:[\s,]+(?:-?\d+|true|false))+\s*\]?$/;
/** Longest list (numbers) and longest template (characters) that are kept, as in a file's header. */
const MAX_LIST = 1024;
const MAX_TEXT = 256 * 1024;
/** Keys whose values stay text even if they look like numbers. */
const TEXTS =
  /^(?:general\.(?:architecture|type|name|license|size_label)|tokenizer\.chat_template(?:\..*)?)$/;

/**
 * Describes the model of such a map.
 * @returns undefined if the map says too little to tell how much memory the model takes, as with Docker's published
 * specification, whose maps have three keys of their own.
 */
export function describePublishedMetadata(texts: ReadonlyMap<string, string>): GgufDescription | undefined {
  const metadata = new Map<string, MetadataValue>();
  for (const [key, text] of texts) {
    const value = isWanted(key) ? parsedValue(key, text) : undefined;
    if (value !== undefined) metadata.set(key, value);
  }
  const description = describe({ metadata });
  if (description?.blockCount === undefined || description.embeddingLength === undefined) return undefined;
  // Flawed metadata is worth nothing; the file's own header decides once it is read.
  if (headerFlaw(metadata, description.architecture) !== undefined) return undefined;
  return description;
}

function parsedValue(key: string, text: string): MetadataValue | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || text.length > MAX_TEXT) return undefined;
  if (TEXTS.test(key)) return text;
  if (NUMBER.test(trimmed)) return Number(trimmed);
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  if (!LIST.test(trimmed)) return text;
  const items = trimmed
    .replace(/[[\]]/g, '')
    .trim()
    .split(/[\s,]+/);
  if (items.length > MAX_LIST) return undefined;
  return items.map((item) => (item === 'true' ? 1 : item === 'false' ? 0 : Number(item)));
}
