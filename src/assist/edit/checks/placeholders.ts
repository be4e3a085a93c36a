/** Tells lines that are no code, and are written in place of code: dots, rules, “etc.”, words in brackets. */
import { QUOTED } from '../code/comments.ts';
import type { Window } from '../window.ts';
import { soundsLeftOut } from '../wording/leftOut.ts';

/** Words in brackets alone on their line: `<rest of the loop>`. */
const WORD_IN_BRACKETS = /^(?:<|[[(（【])([\p{L} ,.'’…:：。-]*)(?:>|[\])）】])$/u;
/** Signs without words or numbers, of which rules and lists of dots are made. */
const RULE = /^(?=.*\S.*\S|[…⋮⋯])[-*.·•⋮⋯…~=_—–\s|]+$/u;
/** A list item or a cell without words. */
const EMPTY_ITEM = /^[-*+|\d\\\s]*(?:item\s*)?(?:\.{3,}|…|⋯)[\s|.…⋯]*$/u;
const AND_SO_ON = /^[[(]?(?:etc|and so on|usw|u\. ?s\. ?w|и т\. ?д|等等|など)[.。]*[\])]?$/iu;
/** Rules and cuts with a word in them: `-- snip --`. */
const CUT = /^[-=~*_—]{2,}\s*(?:8<|✂|>8|snip|cut|\p{L}[\p{L} ]*)\s*[-=~*_—]{2,}$/iu;
/** Dots that no name, number or bracket follows, as it does in spreads and ranges. */
const DOTS = /(?:\.{3}|…|⋯)(?!\.?[\p{L}\p{N}_$[({"'`])/u;
/** Dots where no language has any: alone, as a whole value, or as the only argument of a statement. */
const LONE_DOTS =
  /^(?:return\s+)?(?:\.{3}|…)[;,]?$|^(?:\.{3}|…)\s*:\s*(?:\.{3}|…),?$|^[<[({]\s*(?:\.{3}|…)\s*[>\])}]$|…|\w\(\.{3}\);$/u;
/** Languages in which dots are code: variable arguments, and bodies that are still to be written. */
const HAS_DOTS: ReadonlySet<string> = new Set([
  'lua',
  'r',
  'perl',
  'c',
  'python',
  'php',
  'unknown',
  'haskell',
  'julia',
]);
/** Characters beyond which a line is more than that. */
const MAX_LENGTH = 160;

/** Returns what a line that is no code says. Returns undefined if it is code, as far as its form tells. */
export function placeholderIn(text: string, { language, original }: Window): string | undefined {
  if (text === '' || text.length > MAX_LENGTH) return undefined;
  const isPython = language.names.includes('python');
  // A body of Python that is still to be written.
  if (isPython && text === '...' && original.some((line) => line.includes('...'))) return undefined;
  if (isPython && text === 'pass') return text;
  // Rules and tables of text, and the starts of documents.
  if (language.kind !== 'code' && /^[-*_=|:\s]+$/.test(text)) return undefined;
  if (RULE.test(text) || EMPTY_ITEM.test(text) || AND_SO_ON.test(text)) return '...';
  const inner = WORD_IN_BRACKETS.exec(text)?.[1];
  const sounds = inner === undefined ? 'no' : soundsLeftOut(inner);
  if (sounds === 'clearly') return inner;
  if (language.kind === 'prose') return CUT.test(text) ? '...' : undefined;
  if (inner !== undefined && language.kind !== 'data' && (sounds !== 'no' || /\s/.test(inner))) return inner;
  const code = text.replace(QUOTED, 'x');
  const isValue = language.kind === 'data' && /(["'])(?:\.{3}|…)\1/.test(text);
  if (CUT.test(text) || LONE_DOTS.test(code) || isValue) return '...';
  return language.names.some((name) => HAS_DOTS.has(name)) || !DOTS.test(code) ? undefined : '...';
}
