/** Config blobs: small JSON from a stranger, in which every field may be missing or of another type. */
import { z } from 'zod';
import { parseSmallJson } from '../base/json.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { ModelMetadata } from './artifact.ts';

/** The largest config that is read, bytes. */
export const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** A short text for people; anything else counts as absent. */
export const optionalText = z
  .string()
  .transform((text) => text.trim())
  .pipe(z.string().min(1).max(200))
  .optional()
  .catch(undefined);

/**
 * A quantisation's name; llama.cpp's file types begin with `MOSTLY_`, which only says that some tensors differ.
 * Compound ones such as `IQ2_XXS/Q4_K_M` stay as they are.
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

/** A list of short texts, or one text alone; anything else counts as absent. */
export const optionalTextList = z
  .union([z.array(z.unknown()), z.string().transform((text) => [text])])
  .transform((list) => list.slice(0, 20).flatMap((entry) => optionalText.parse(entry) ?? []))
  .transform((list) => (list.length === 0 ? undefined : list))
  .optional()
  .catch(undefined);

/** An object whose values are texts; others are left out. */
export const optionalTexts = z
  .record(z.string(), z.unknown())
  .transform(
    (record) =>
      new Map(
        Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      ),
  )
  .catch(() => new Map<string, string>());

/** The JSON of a config; an empty object where it is missing, too large or not JSON (some are empty or `{}`). */
export function configJson(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined || bytes.length === 0 || bytes.length > MAX_CONFIG_BYTES) return {};
  // Without one the layers decide.
  return parseSmallJson(bytes) ?? {};
}

/** Details of a config, of which each may be absent. */
export type Details = { readonly [Key in keyof ModelMetadata]?: ModelMetadata[Key] | undefined };

/** `base` with those of `details` that are there. */
export function withDetails(base: ModelMetadata, details: Details): ModelMetadata {
  const present = Object.entries(details).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(present) };
}

/** What the annotations of any manifest say (image-spec, annotations.md). */
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
 * Tells whether an artifact has the config of a container image (image-spec, config.md). The type alone says nothing: old
 * versions of oras had their users give it to an empty file.
 */
export function hasImageConfig({ config }: ImageManifest, bytes: Uint8Array | undefined): boolean {
  if (config === undefined || !IMAGE_CONFIG.test(config.mediaType)) return false;
  return imageConfigSchema.safeParse(configJson(bytes)).success;
}
