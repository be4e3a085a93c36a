/**
 * Where the tokens of an answer come from: chosen one by one, chosen with their probability, or drafted from the prompt
 * and checked several at a time. Each goes on from the state of the sequence.
 */
import type { LlamaContextSequence, LlamaGrammarEvaluationState, Token } from 'node-llama-cpp';
import type { PromptLookup } from './promptLookup.ts';
import { evaluateOptions, type TokenChoice } from './sampling.ts';
import type { TokenText } from './tokenText.ts';

/** A token of the answer. */
export interface NextToken {
  readonly token: Token;
  /** 0 to 1; undefined if it was not asked for. */
  readonly probability: number | undefined;
}

/** Tokens of one stretch of an answer, between two pauses. */
export interface TokenSource {
  /**
   * Returns the next tokens, at least one, or none if the model ends its answer.
   * @param forced is taken in place of the last token of the answer, of which it is the first; those that were returned
   * behind that one are dropped.
   */
  next(forced?: readonly Token[]): Promise<readonly NextToken[]>;
  /** Ends the stretch. The last token may not have been evaluated. */
  close(): Promise<void>;
}

/** The place from which a source goes on. */
export interface SourceStart {
  readonly sequence: LlamaContextSequence;
  /** The last token of the prompt and of the answer so far; everything before it is in the sequence. */
  readonly last: Token;
  /** Tokens of the answer, which the owner of the source extends. */
  readonly answer: readonly Token[];
}

/** Most probable tokens among which probabilities are computed; all would cost half of the speed (262k tokens). */
const CANDIDATES = 40;
/**
 * Added to the probability of all candidates that agree with a given text: if the model expected something else, the few
 * of them among the {@link CANDIDATES} tell little, and none of them is likely.
 */
const UNFORESEEN = 0.05;
/** Cells of the context that a draft leaves free, because the library shifts the context when it is full. */
const SPARE_CELLS = 2;

/** Chooses token by token. */
export function sampledTokens(
  { sequence, last, answer }: SourceStart,
  choice: TokenChoice,
  grammar?: LlamaGrammarEvaluationState,
): TokenSource {
  const { model } = sequence;
  const iterator = sequence.evaluate([last], {
    ...evaluateOptions(choice, answer, (token) => token === model.tokens.nl),
    ...(grammar === undefined ? {} : { grammarEvaluationState: grammar }),
    yieldEogToken: true,
  });
  return {
    async next(forced) {
      const { value: token, done } = await iterator.next(forced === undefined ? undefined : [...forced]);
      return done === true || model.isEogToken(token) ? [] : [{ token, probability: undefined }];
    },
    close: async () => void (await iterator.return()),
  };
}

/**
 * Chooses the most probable token each time, and tells its probability among the {@link CANDIDATES} best ones. That is
 * too high by at most 0.05 above 0.7, and by up to 0.13 below; the exact one costs up to 1.5 times as much.
 * @param begin text that the tokens begin with; the others are no candidates, and the source ends if all are others.
 */
export function probableTokens(
  { sequence, last, answer }: SourceStart,
  text: TokenText,
  begin = '',
): TokenSource {
  const { model } = sequence;
  let unmatched = begin;
  const iterator = sequence.evaluateWithMetadata(
    [last],
    { probabilities: true },
    { temperature: 1, topK: CANDIDATES, topP: 1, minP: 0, seed: 0, yieldEogToken: true },
  );
  let chosen: Token | undefined;
  return {
    async next(forced) {
      const step = await iterator.next(forced === undefined ? chosen : [...forced]);
      if (step.done === true) return [];
      const before = [answer.at(-1) ?? last];
      const textOf = (token: Token): string => text.detokenize([token], false, before);
      const best = bestOf(step.value.probabilities, unmatched, textOf);
      if (best === undefined) return [];
      const { token, probability } = best;
      if (unmatched !== '') unmatched = unmatched.slice(textOf(token).length);
      chosen = token;
      return model.isEogToken(token) ? [] : [{ token, probability }];
    },
    close: async () => void (await iterator.return()),
  };
}

/**
 * Returns the best candidate that agrees with a text that is still to come, with its probability among those that do,
 * or a lower one if few do.
 * @param candidates the best one first.
 */
export function bestOf(
  candidates: ReadonlyMap<Token, number>,
  unmatched: string,
  textOf: (token: Token) => string,
): { readonly token: Token; readonly probability: number } | undefined {
  let best: { token: Token; probability: number } | undefined;
  let total = 0;
  for (const [token, probability] of candidates) {
    if (unmatched === '') return { token, probability };
    const text = textOf(token);
    if (text === '' || !(text.startsWith(unmatched) || unmatched.startsWith(text))) continue;
    total += probability;
    best ??= { token, probability };
  }
  if (best === undefined) return undefined;
  return { ...best, probability: best.probability / (total + UNFORESEEN) };
}

const GREEDY = { generateNext: { token: true, options: { temperature: 0 } } } as const;

/**
 * Chooses the most probable tokens, and checks those that `lookup` drafts in the same batch. Only for sequences that can
 * forget their end, so not for recurrent models.
 */
export function draftedTokens({ sequence, last, answer }: SourceStart, lookup: PromptLookup): TokenSource {
  const { model } = sequence;
  const base = sequence.nextTokenIndex - answer.length;
  return {
    async next(forced) {
      const current = answer.at(-1) ?? last;
      const given = forced ?? [current];
      const place = base + answer.length - (given.length - 1);
      const behind = sequence.nextTokenIndex;
      if (place < behind) await sequence.eraseContextTokenRanges([{ start: place, end: behind }]);
      const room = Math.max(0, sequence.contextSize - SPARE_CELLS - given.length - sequence.nextTokenIndex);
      const draft = lookup.draft(room) as readonly Token[];
      const start = sequence.nextTokenIndex + given.length;
      const checked = [given.at(-1) ?? current, ...draft];
      const startedAt = performance.now();
      const results = await sequence.controlledEvaluate([
        ...given.slice(0, -1),
        ...checked.map((token): [Token, typeof GREEDY] => [token, GREEDY]),
      ]);
      const chosen = results.slice(given.length - 1).map((result) => result?.next.token ?? undefined);
      const tokens = agreed(draft, chosen);
      const right = Math.min(tokens.length - 1, draft.length);
      lookup.checked(draft.length, right, performance.now() - startedAt);
      const end = sequence.nextTokenIndex;
      if (start + right < end) await sequence.eraseContextTokenRanges([{ start: start + right, end }]);
      const ending = tokens.findIndex((token) => model.isEogToken(token));
      return tokens
        .slice(0, ending < 0 ? undefined : ending)
        .map((token) => ({ token, probability: undefined }));
    },
    close: async () => {},
  };
}

/** The chosen tokens up to the first one that differs from the draft, that one included. */
function agreed(draft: readonly Token[], chosen: readonly (Token | undefined)[]): Token[] {
  const tokens: Token[] = [];
  for (const [index, token] of chosen.entries()) {
    if (token === undefined) throw new Error('No token was chosen');
    tokens.push(token);
    if (token !== draft[index]) break;
  }
  return tokens;
}
