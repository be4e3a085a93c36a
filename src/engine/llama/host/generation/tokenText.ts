/**
 * The text of tokens. llama.cpp's own `llama_detokenize` removes spaces before `?`, `!`, `.` and `,` if the vocabulary
 * is a byte-level BPE of an older kind (`clean_spaces` in llama-vocab.cpp; StarCoder's and GPT-2's, for example), as
 * Hugging Face does for prose. In code that would make `a ? b` another text than the model wrote, so the bytes of such
 * vocabularies are read here.
 */
import type { LlamaModel, Token } from 'node-llama-cpp';

/** The part of a model that turns tokens into text. */
export type TokenText = Pick<LlamaModel, 'detokenize'>;

/** Tokens as the file writes them, in which a space is `\u0120`; any vocabulary with the flag has one of them. */
const CLEANED = ['\u0120?', '\u0120!', '\u0120.', '\u0120,'];
/** The type of a token that is text (ggml, docs/gguf.md, `tokenizer.ggml.token_type`). */
const NORMAL = 1;

/** Returns how tokens of a model become text: the model itself, unless it would change it. */
export function tokenText(model: LlamaModel): TokenText {
  const { tokens, token_type: types } = model.fileInfo.metadata.tokenizer?.ggml ?? {};
  if (model.vocabularyType !== 'bpe' || !Array.isArray(tokens)) return model;
  const written = tokens.findIndex((text) => CLEANED.includes(String(text)));
  if (written < 0 || model.detokenize([written as Token], true).startsWith(' ')) return model;
  return {
    detokenize: (given, specialTokens, lastTokens) => {
      const pieces = given.map((token): Uint8Array => {
        const text = tokens[token];
        const isText = typeof text === 'string' && (!Array.isArray(types) || types[token] === NORMAL);
        return isText ? bytesOf(text) : Buffer.from(model.detokenize([token], specialTokens, lastTokens));
      });
      return Buffer.concat(pieces).toString('utf8');
    },
  };
}

/** The characters that stand for bytes which are no printable characters themselves (`bytes_to_unicode` of GPT-2). */
const BYTES: ReadonlyMap<string, number> = byteCharacters();

function byteCharacters(): Map<string, number> {
  const characters = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    characters.set(String.fromCodePoint(isPrintable ? byte : next++), byte);
  }
  return characters;
}

function bytesOf(text: string): Uint8Array {
  return Buffer.concat(
    Array.from(text, (character) => {
      const byte = BYTES.get(character);
      return byte === undefined ? Buffer.from(character) : Buffer.of(byte);
    }),
  );
}
