/** Reads config blobs: small, untrusted JSON in which every field may be missing or have another type. */
import * as z from 'zod';
import { parseSmallJson } from '../base/json.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { ModelMetadata } from './artifact.ts';

/** Largest config that is read, in bytes. */
export const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** A short text for people; anything else counts as absent. */
export const optionalText = z
  .string()
  .transform((text) => text.trim())
  .pipe(z.string().min(1).max(200))
  .optional()
  .catch(undefined);

/**
 * The name of a quantization. llama.cpp's file types begin with `MOSTLY_`, which only means that some tensors differ.
 * Compound names such as `IQ2_XXS/Q4_K_M` stay as they are.
 */
export const optionalQuantization = optionalText.transform((text) => text?.replace(/^MOSTLY_/i, ''));

/** A count of tokens, as a number or as digits; anything else counts as absent. */
export const optionalTokens = z.coerce
  .number()
  .int()
  .positive()
  .max(2 ** 40)
  .optional()
  .catch(undefined);

/** A list of short texts, or a single text; anything else counts as absent. */
export const optionalTextList = z
  .union([z.array(z.unknown()), z.string().transform((text) => [text])])
  .transform((list) => list.slice(0, 20).flatMap((entry) => optionalText.parse(entry) ?? []))
  .transform((list) => (list.length === 0 ? undefined : list))
  .optional()
  .catch(undefined);

/** An object with text values; other values are skipped. */
export const optionalTexts = z
  .record(z.string(), z.unknown())
  .transform(
    (record) =>
      new Map(
        Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      ),
  )
  .catch(() => new Map<string, string>());

/** Parses a config. Returns an empty object if it is missing, too large or not JSON; some are empty or `{}`. */
export function configJson(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined || bytes.length === 0 || bytes.length > MAX_CONFIG_BYTES) return {};
  // Without a config the layers decide.
  return parseSmallJson(bytes) ?? {};
}

/** Fields of the metadata, each of which may be undefined. */
export type Details = { readonly [Key in keyof ModelMetadata]?: ModelMetadata[Key] | undefined };

/** Adds the defined fields of `details` to `base`. */
export function withDetails(base: ModelMetadata, details: Details): ModelMetadata {
  const present = Object.entries(details).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(present) };
}

/** Reads the annotations that any manifest may have (image-spec, annotations.md). */
export function baseMetadata({ annotations }: ImageManifest): ModelMetadata {
  return withDetails(
    {},
    {
      name: optionalText.parse(annotations['org.opencontainers.image.title']),
      license: optionalText.parse(annotations['org.opencontainers.image.licenses']),
    },
  );
}

const IMAGE_CONFIG = /^application\/vnd\.(?:oci\.image\.config\.v1|docker\.container\.image\.v1)\+json$/;
const imageConfigSchema = z.union([
  z.object({ rootfs: z.object({}) }),
  z.object({ history: z.array(z.unknown()) }),
]);

/**
 * Returns true if an artifact has the config of a container image (image-spec, config.md). The media type alone is no
 * proof: old versions of oras had their users give it to an empty file.
 */
export function hasImageConfig({ config }: ImageManifest, bytes: Uint8Array | undefined): boolean {
  if (config === undefined || !IMAGE_CONFIG.test(config.mediaType)) return false;
  return imageConfigSchema.safeParse(configJson(bytes)).success;
}
