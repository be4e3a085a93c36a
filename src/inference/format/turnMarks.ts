/** Marks with which templates begin and end turns, and finding any mark at all: for readers of code, where most are text. */
import { escaped } from './escaped.ts';
import { FAMILIES } from './families/index.ts';

/** Marks that end a turn; at the end of an answer they are no part of it. */
export const TURN_ENDS: readonly string[] = [
  '<|im_end|>',
  '<|endoftext|>',
  '<|eot_id|>',
  '<|end_of_text|>',
  '<|end|>',
  '</s>',
  '<end_of_turn>',
  '<eos>',
  '<turn|>',
  '<|return|>',
  '<|eom_id|>',
  '<｜end▁of▁sentence｜>',
  '<|END_OF_TURN_TOKEN|>',
  '[EOS]',
  '[|endofturn|]',
  '[e~[',
  '<seed:eos>',
  '</longcat_s>',
  '<SPECIAL_12>',
  '<|endofprompt|>',
  '<|eot|>',
  '<bot_end>',
];

const THOUGHTS = FAMILIES.flatMap(({ marks }) =>
  marks.flatMap((mark) => (mark.kind === 'thought' ? [mark.open.trim(), ...mark.close] : [])),
);
const OTHERS = FAMILIES.filter(({ isByName }) => isByName !== true).flatMap(({ marks }) =>
  marks.flatMap((mark) =>
    mark.kind === 'header' || (mark.kind === 'stray' && mark.ofCalls !== true) ? [mark.open] : [],
  ),
);
const ANY = new RegExp([...new Set([...THOUGHTS, ...OTHERS, ...TURN_ENDS])].map(escaped).join('|'));
const NO_THOUGHT = new Set([
  ...TURN_ENDS,
  ...FAMILIES.flatMap(({ marks }) => marks.flatMap(({ kind, open }) => (kind === 'thought' ? [] : [open]))),
]);

/** Marks that close a thought and nothing else: some families end every message with the same one. */
export const THOUGHT_ENDS: readonly string[] = [
  ...new Set(
    FAMILIES.flatMap(({ marks }) => marks.flatMap((mark) => (mark.kind === 'thought' ? mark.close : []))),
  ),
].filter((mark) => !NO_THOUGHT.has(mark));
const CLOSES = new RegExp(THOUGHT_ENDS.map(escaped).join('|'));
const CALLS = FAMILIES.filter(({ isByName }) => isByName !== true).flatMap(({ marks }) =>
  marks.flatMap((mark) => (mark.kind === 'call' ? [mark.open] : [])),
);
const CALL = new RegExp([...new Set(CALLS)].map(escaped).join('|'));

/** Finds the first mark of a thought, a message or a turn. Returns undefined if there is none. */
export function firstMark(text: string): { readonly at: number; readonly mark: string } | undefined {
  const found = ANY.exec(text);
  return found === null ? undefined : { at: found.index, mark: found[0] };
}

/** Finds the first mark that closes a thought. Returns undefined if there is none. */
export function firstThoughtEnd(text: string): { readonly at: number; readonly mark: string } | undefined {
  const found = CLOSES.exec(text);
  return found === null ? undefined : { at: found.index, mark: found[0] };
}

/** Finds the first mark that opens a call. Returns undefined if there is none. */
export function firstCallMark(text: string): { readonly at: number; readonly mark: string } | undefined {
  const found = CALL.exec(text);
  return found === null ? undefined : { at: found.index, mark: found[0] };
}
