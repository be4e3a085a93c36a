/**
 * Calls without marks, as small models write them: JSON or a list in Python at the start of a line, or alone in a fence.
 * All decisions depend on the text alone, and not on the pieces in which it comes.
 */
import { callsOfList, pythonCalls } from './callBodies.ts';
import { MAX_HELD, ValueExtent } from './extent.ts';
import { isUsable, readLoose } from './loose.ts';
import type { RawCall } from './outputFamily.ts';
import { withoutTurnEnds } from './stretch.ts';

/** Characters in front of which such a call may begin, at the start of a line; the second group is the indentation. */
const BARE_START = /(^|\n)([ \t]*)(?=[`[{])/g;

/** Characters that tell if a call may begin. */
export const MAX_HEAD = 256;
/** Keys that a call's object begins with. */
const FIRST_KEY =
  /^[[{][[{\s]*["']?(?:name|tool_calls|thought|function|type|id|arguments|parameters|args|tool|tool_name|tool_call_id|function_name|action|recipient_name)["']?\s*:/;
/** The beginning of such a key, as far as it has come. */
const MAYBE_KEY = /^[[{][[{\s]*(?:["']?[a-z_]{0,15}["']?\s*)?$/;
/** Between two calls, and between those in a fence, which may have marks as well. */
const SEPARATOR = /^[\s;,]*(?=[[{])/;
const FENCED = /^(?:[\s;,]|<\/?tool_call>)*(?=[[{])/;
const FENCE = /^```(?:json|tool_call|tool_code|python|xml)?[ \t]*\r?\n/;
/** The first line of a fence, as far as it has come. */
const MAYBE_FENCE = /^`{1,3}$|^```[a-z_]{0,12}[ \t]*\r?$/;
/** A list of calls as Python writes them, and its beginning. */
const PYTHON = /^\[?\s*(?:print\()?[A-Za-z_][\w.]*\(/;
const MAYBE_PYTHON = /^\[?\s*[\w.]*$/;

/** The form of what may be a call; `more` if only its next characters tell. */
type Form = 'fence' | 'object' | 'list' | 'more';

/** Calls, and the characters that they take. */
export interface BareCalls {
  readonly calls: readonly RawCall[];
  readonly length: number;
}

/** Tells what may begin at the start of `text`, by its first characters. @returns undefined if no call does. */
export function bareForm(text: string, isEnd: boolean): Form | undefined {
  const head = text.slice(0, MAX_HEAD);
  const mayGoOn = !isEnd && text.length < MAX_HEAD;
  if (head.startsWith('`')) {
    const fence = FENCE.exec(head)?.[0];
    if (fence === undefined) return mayGoOn && MAYBE_FENCE.test(head) ? 'more' : undefined;
    const marked = head.slice(fence.length).trimStart();
    if (mayGoOn && marked !== '' && '<tool_call>'.startsWith(marked)) return 'more';
    const body = marked.replace(/^<tool_call>\s*/, '');
    if (FIRST_KEY.test(body) || PYTHON.test(body)) return 'fence';
    return mayGoOn && (MAYBE_KEY.test(body) || MAYBE_PYTHON.test(body)) ? 'more' : undefined;
  }
  if (/^\[\s*[A-Za-z_]/.test(head)) {
    if (PYTHON.test(head)) return 'list';
    return mayGoOn && MAYBE_PYTHON.test(head) ? 'more' : undefined;
  }
  if (FIRST_KEY.test(head)) return 'object';
  return mayGoOn && MAYBE_KEY.test(head) ? 'more' : undefined;
}

/** Finds the place where a call without marks may begin. Returns undefined if there is none. */
export function bareStart(text: string, isLineStart: boolean, isEnd: boolean): number | undefined {
  for (const found of text.matchAll(BARE_START)) {
    const at = found.index + found[0].length;
    if (found[1] === '' && !isLineStart) continue;
    if (bareForm(text.slice(at, at + MAX_HEAD), isEnd) !== undefined) return at;
  }
  return undefined;
}

/** Reads what may be a call while it comes, looking at each of its characters a few times at most. */
export class BareCandidate {
  #form: Form | undefined = 'more';
  readonly #extent = new ValueExtent();
  /** Characters of the last try to tell that the text is no value. */
  #tried = 0;
  /** Where the line of a fence begins that is not whole yet, and where its end is looked for. */
  #line = 0;
  #searched = 0;

  /**
   * Reads the candidate.
   * @param text everything from its first character on, as far as it has come.
   * @param isEnd true if nothing follows.
   * @param isCut true if the model would have gone on, so that nothing is made up at the end.
   * @returns `more` if that cannot be said yet; undefined if it is no call.
   */
  read(text: string, isEnd: boolean, isCut: boolean): BareCalls | 'more' | undefined {
    if (this.#form === 'more') this.#form = bareForm(text, isEnd);
    if (this.#form === undefined || this.#form === 'more') return this.#form;
    if (this.#form === 'fence') return this.#fence(text, isEnd, isCut);
    const end = this.#extent.find(text);
    if (end !== undefined) return this.#value(text.slice(0, end), false);
    if (text.length >= MAX_HELD || (isEnd && isCut)) return undefined;
    if (isEnd) return this.#value(text, true);
    return this.#isHopeless(text) ? undefined : 'more';
  }

  #value(text: string, isEnd: boolean): BareCalls | undefined {
    const calls = this.#form === 'list' ? pythonCalls(text, isEnd) : objects(text, isEnd)?.calls;
    return calls === undefined ? undefined : { calls, length: text.length };
  }

  /** Tells if no text behind this one makes a value of it. Tried whenever it has doubled. */
  #isHopeless(text: string): boolean {
    if (this.#form !== 'object' || text.length < 2 * this.#tried) return false;
    this.#tried = text.length;
    return readLoose(text) === undefined;
  }

  #fence(text: string, isEnd: boolean, isCut: boolean): BareCalls | 'more' | undefined {
    const start = FENCE.exec(text.slice(0, MAX_HEAD))?.[0].length ?? 0;
    this.#line = Math.max(this.#line, start);
    while (true) {
      const newline = text.indexOf('\n', Math.max(this.#line, this.#searched));
      this.#searched = text.length;
      if (newline < 0) break;
      if (newline >= MAX_HELD) return undefined;
      const line = text.slice(this.#line, newline);
      if (isClosingFence(line)) return fenced(text.slice(start, this.#line), newline + 1);
      // The next fence begins, so nothing closes this one.
      if (/^[ \t]*```/.test(line)) return undefined;
      this.#line = newline + 1;
      this.#searched = this.#line;
    }
    if (text.length >= MAX_HELD) return undefined;
    if (!isEnd) return 'more';
    const whole = withoutTurnEnds(text);
    if (isClosingFence(whole.slice(this.#line))) return fenced(whole.slice(start, this.#line), whole.length);
    return isCut ? undefined : fenced(whole.slice(start), whole.length);
  }
}

function isClosingFence(line: string): boolean {
  return /^[ \t]*```[ \t]*\r?$/.test(line);
}

/** Reads the body of a fence. One with something beside the calls is code. */
function fenced(body: string, length: number): BareCalls | undefined {
  const found = objects(body, true, FENCED);
  if (found !== undefined)
    return /^(?:\s|<\/tool_call>)*$/.test(body.slice(found.length)) ? { ...found, length } : undefined;
  const calls = PYTHON.test(body.trim()) ? pythonCalls(body, true) : undefined;
  return calls === undefined ? undefined : { calls, length };
}

/** Reads objects and lists of them, one behind the other, up to what is none. */
function objects(text: string, isEnd: boolean, separator = SEPARATOR): BareCalls | undefined {
  const calls: RawCall[] = [];
  let length = 0;
  while (true) {
    const space = separator.exec(text.slice(length))?.[0].length;
    const found = space === undefined ? undefined : readLoose(text, length + space);
    if (found === undefined || !isUsable(found, isEnd)) break;
    const read = callsOfList(found.value);
    if (read === undefined) break;
    calls.push(...read);
    length = found.end;
  }
  return calls.length > 0 ? { calls, length } : undefined;
}
