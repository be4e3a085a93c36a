/** Config blobs: small JSON from a stranger, in which every field may be missing or of another type. */
import { z } from 'zod';

/** The largest config that is read, bytes. */
export const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** A short text for people; anything else counts as absent. */
export const optionalText = z
  .string()
  .transform((text) => text.trim())
  .pipe(z.string().min(1).max(200))
  .optional()
  .catch(undefined);

/** A count of tokens, as a number or as digits; anything else counts as absent. */
export const optionalTokens = z.coerce
  .number()
  .int()
  .positive()
  .max(2 ** 40)
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
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return {}; // the layers decide then
  }
}
