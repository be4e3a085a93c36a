/** Images in messages, for models that can see. */

/** An image in a message. */
export interface ImageContent {
  /** An IANA media type, such as `image/png`. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Its name for people. */
  readonly name?: string | undefined;
}

/**
 * Tokens that an image is reckoned with. No server tells its cost before it answers, and models differ: Gemma 3 takes 256,
 * LLaVA 1.5 576, Qwen2.5-VL one for each 28 × 28 pixels (1,332 for a screenshot of 1024 × 1024). Counted too low, a prompt
 * that is nearly full fails at the server, which says so; counted too high, earlier turns are left out a little sooner.
 */
export const IMAGE_TOKENS = 1_024;

/** First bytes of the formats that servers read, in hexadecimal. */
const SIGNATURES: readonly (readonly [mediaType: string, start: RegExp])[] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  // GIF87a or GIF89a
  ['image/gif', /^47494638(?:37|39)61/],
  // RIFF, a length of four bytes, WEBP
  ['image/webp', /^52494646.{8}57454250/],
];
const SIGNATURE_BYTES = 12;

/** Returns the media type of an image by its first bytes. Returns undefined if it is no PNG, JPEG, GIF or WebP. */
export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, SIGNATURE_BYTES)).toString('hex');
  return SIGNATURES.find(([, signature]) => signature.test(start))?.[0];
}
