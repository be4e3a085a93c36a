/** The vocabulary of a model: tokens of prompts, special tokens, and counts. */
import { setImmediate } from 'node:timers/promises';
import type { LlamaModel, Token } from 'node-llama-cpp';
import type { PromptPiece } from '../../../../inference/template/index.ts';
import { type TokenText, tokenText } from './tokenText.ts';

/** A special token by its text, or plain text. */
export type MarkedText = readonly (string | { readonly mark: string })[];

/** Types of tokens in a GGUF (ggml, docs/gguf.md, `tokenizer.ggml.token_type`). */
const CONTROL = 3;
const USER_DEFINED = 4;
/**
 * Longest run without white space that is tokenized in one go, in characters. The time for a word grows with the square
 * of its length in some vocabularies.
 */
const MAX_RUN = 2_048;
/** Characters after which other work may go on. */
const YIELD_CHARACTERS = 16_384;
const LONG_RUN = new RegExp(`\\S{${MAX_RUN + 1},}`, 'g');

/** The vocabulary of a loaded model. */
export class Vocabulary {
  readonly #model: LlamaModel;
  /** The text of its tokens, exactly as the model wrote it. */
  readonly text: TokenText;
  #specialTexts: ReadonlySet<string> | undefined;

  constructor(model: LlamaModel) {
    this.#model = model;
    this.text = tokenText(model);
  }

  /** Texts of all tokens that have a meaning of their own. */
  get specialTexts(): ReadonlySet<string> {
    this.#specialTexts ??= new Set(this.#readSpecialTexts());
    return this.#specialTexts;
  }

  /** Returns the tokens of a prompt, without a token for its beginning unless a piece has one. */
  tokensOf(pieces: readonly PromptPiece[]): Token[] {
    const tokens: Token[] = [];
    for (const { text, special } of pieces)
      for (const token of this.#tokenize(text, special, tokens.length === 0)) tokens.push(token);
    return tokens;
  }

  /**
   * Returns the tokens of a text with marks.
   * @returns undefined if a mark is not a single special token here.
   */
  tokensOfMarked(prompt: MarkedText): Token[] | undefined {
    const tokens: Token[] = [];
    for (const part of prompt) {
      if (typeof part === 'string') {
        for (const token of this.#tokenize(part, false, tokens.length === 0)) tokens.push(token);
        continue;
      }
      const token = this.mark(part.mark);
      if (token === undefined) return undefined;
      tokens.push(token);
    }
    return tokens;
  }

  /** Returns the special token with this text, or undefined if there is none. */
  mark(text: string): Token | undefined {
    const [token, ...rest] = this.#model.tokenize(text, true);
    if (token === undefined || rest.length > 0) return undefined;
    return this.specialTexts.has(text) ? token : undefined;
  }

  /** Tells if a token is a special one that is no text. */
  isMark(token: Token): boolean {
    return this.#model.getTokenAttributes(token).control;
  }

  /** The token that begins every prompt of this model; undefined if it wants none. */
  get beginning(): Token | undefined {
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    return shouldPrependBosToken && bos !== null ? bos : undefined;
  }

  /**
   * Counts the tokens of plain text. Exact unless the text has more than {@link MAX_RUN} characters without white space,
   * which are counted in parts: at most a token more for each part.
   */
  async count(text: string): Promise<number> {
    let tokens = 0;
    let characters = 0;
    for (const part of partsOf(text)) {
      tokens += this.#model.tokenize(part).length;
      characters += part.length;
      if (characters < YIELD_CHARACTERS) continue;
      characters = 0;
      // An answer goes on meanwhile.
      await setImmediate();
    }
    return tokens;
  }

  #tokenize(text: string, special: boolean, isFirst: boolean): readonly Token[] {
    // Vocabularies of SentencePiece put a space before a text, which only the first one gets.
    const isTrimmed = !isFirst && this.#model.vocabularyType === 'spm';
    return this.#model.tokenize(text, special, isTrimmed ? 'trimLeadingSpace' : undefined);
  }

  #readSpecialTexts(): readonly string[] {
    const { tokens, token_type: types } = this.#model.fileInfo.metadata.tokenizer?.ggml ?? {};
    if (!Array.isArray(tokens) || !Array.isArray(types)) return [];
    return tokens.filter(
      (text, index): text is string =>
        typeof text === 'string' &&
        text !== '' &&
        (types[index] === CONTROL || types[index] === USER_DEFINED),
    );
  }
}

/** Cuts runs without white space that are too long, behind whole characters. */
function* partsOf(text: string): Generator<string> {
  let start = 0;
  for (const { 0: run, index } of text.matchAll(LONG_RUN)) {
    for (let at = index + MAX_RUN; at < index + run.length; at += MAX_RUN) {
      const end = isLowSurrogate(text.charCodeAt(at)) ? at + 1 : at;
      yield text.slice(start, end);
      start = end;
    }
  }
  yield text.slice(start);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
