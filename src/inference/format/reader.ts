/**
 * The reader of raw answers, as they come: it tells thoughts and calls from the text by the marks of the families, and
 * holds back no more than may still become a mark or a call. Nothing that was generated is lost: a call that is of no
 * offered tool, or does not fit its schema, stays text.
 */

import type { Answer, AnswerCall, AnswerPiece, AnswerReaderOptions, OfferedTool } from './answer.ts';
import { BARE_START, BareCandidate, bareForm, MAX_HEAD } from './bare.ts';
import { endsWhole } from './callBodies.ts';
import { FAMILIES } from './families/index.ts';
import { earliest, firstRead } from './marks.ts';
import type { BodyReader, HeaderMark, Mark, RawCall, Section } from './outputFamily.ts';
import { MAX_PIECE, pieceLength, safeLength, withoutIndentation, withoutTurnEnds } from './stretch.ts';
import { validCall } from './validCall.ts';

/** Closing marks that are tried for one call before it is text: one may stand within its arguments. */
const MAX_CLOSERS = 8;
/** Characters of a closing mark at most. */
const MAX_CLOSER_LENGTH = 40;
/** Characters of a message's header at most. */
const MAX_HEADER = 300;
/** Characters between two calls without marks, at most. */
const MAX_SEPARATOR = 64;
interface CallState {
  readonly mode: 'call';
  readonly open: string;
  readonly close: readonly string[];
  readonly read: readonly BodyReader[];
  readonly within: 'text' | 'thought';
}

type State =
  | { readonly mode: 'text'; readonly close: readonly string[] }
  | { readonly mode: 'thought'; readonly close: readonly string[] }
  | { readonly mode: 'header'; readonly mark: HeaderMark }
  | CallState;

const PLAIN: State = { mode: 'text', close: [] };

/** Reads one answer. */
export class AnswerReader {
  readonly #tools: readonly OfferedTool[];
  readonly #marks: readonly Mark[];
  /** Where marks begin, and those of calls among them. */
  readonly #opens: readonly string[];
  readonly #callOpens: readonly string[];
  readonly #thoughtClosers: readonly string[];
  #state: State = PLAIN;
  #buffer = '';
  /** Came, and is not in the buffer yet. */
  #input = '';
  /** Begins the buffer, and may be a call without marks. */
  #bare: BareCandidate | undefined;
  #isBehindBare = false;
  #pieces: AnswerPiece[] = [];
  #text = '';
  #thought = '';
  readonly #calls: AnswerCall[] = [];
  /** Characters of a call's body in which no closing mark begins that was not tried. */
  #scanned = 0;
  /** The end of the call's body as far as it has come. */
  #tail = '';
  /** Closing marks of the call that were tried, and made none of its body. */
  #tried = 0;
  /** Tells if text may be at the start of a line, where bare calls begin. */
  #isLineStart = true;
  /** White space before a mark or behind it, which is text only if text follows. */
  #space = '';
  #hasMarks = false;
  #isCut = false;

  constructor({ tools, thoughtOpen, family }: AnswerReaderOptions) {
    this.#tools = tools;
    // The named one comes first; models of a family also write in the forms of others.
    const families = FAMILIES.filter(({ name, isByName }) => name === family || isByName !== true);
    families.sort((one, other) => Number(other.name === family) - Number(one.name === family));
    const marks = families.flatMap(({ marks }) => marks);
    // Without tools a mark of a call is text: somebody may write about it.
    this.#marks = tools.length > 0 ? marks : marks.filter((mark) => !isOfCalls(mark));
    this.#opens = this.#marks.map(({ open }) => open);
    this.#callOpens = this.#marks.flatMap(({ kind, open }) => (kind === 'call' ? [open] : []));
    this.#thoughtClosers = [...new Set(marks.flatMap((mark) => (mark.kind === 'thought' ? mark.close : [])))];
    if (thoughtOpen) {
      this.#state = { mode: 'thought', close: this.#thoughtClosers };
      this.#hasMarks = true;
    }
  }

  /** The marks that end the thought in which the answer is now; undefined outside of one. */
  get thoughtClosers(): readonly string[] | undefined {
    return this.#state.mode === 'thought' ? this.#state.close : undefined;
  }

  /** Takes the next piece of the answer. @returns what is sure by now. */
  push(text: string): readonly AnswerPiece[] {
    this.#input += text;
    this.#drain(false);
    return this.#taken();
  }

  /**
   * The answer ends. @returns the last pieces, and all together.
   * @param isCut true if the model would have gone on: a call that is not whole stays text then.
   */
  end(isCut = false): Answer & { readonly pieces: readonly AnswerPiece[] } {
    this.#isCut = isCut;
    do {
      this.#drain(true);
      this.#run(true);
    } while (this.#input !== '');
    const pieces = this.#taken();
    return { text: this.#text, thought: this.#thought.trim(), calls: this.#calls, pieces };
  }

  #drain(isEnd: boolean): void {
    while (this.#input !== '') {
      const length = pieceLength(this.#input, isEnd);
      if (length === 0) return;
      const piece = this.#input.slice(0, length);
      this.#input = this.#input.slice(length);
      // A long call is only looked at as a whole where it may end: joining its pieces costs its length each time.
      this.#buffer += piece;
      if (this.#state.mode !== 'call' || this.#mayEndCall(this.#state, piece)) this.#run(false);
    }
  }

  #mayEndCall({ close }: CallState, piece: string): boolean {
    const tail = this.#tail + piece;
    this.#tail = tail.slice(-MAX_CLOSER_LENGTH);
    return earliest(tail, close) !== undefined;
  }

  #taken(): readonly AnswerPiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #run(isEnd: boolean): void {
    let goesOn = true;
    while (goesOn) {
      switch (this.#state.mode) {
        case 'text':
          goesOn = this.#runText(this.#state.close, isEnd);
          break;
        case 'thought':
          goesOn = this.#runThought(this.#state.close, isEnd);
          break;
        case 'header':
          goesOn = this.#runHeader(this.#state.mark, isEnd);
          break;
        case 'call':
          goesOn = this.#runCall(this.#state, isEnd);
          break;
      }
    }
  }

  #runText(close: readonly string[], isEnd: boolean): boolean {
    if (this.#bare !== undefined) return this.#runBare(this.#bare, isEnd);
    if (this.#isBehindBare && !this.#passSeparator(isEnd)) return false;
    const closers = this.#closersOfText(close);
    const closer = earliest(this.#buffer, closers);
    const mark = earliest(this.#buffer, this.#opens);
    const bare = this.#bareStart(isEnd);
    const next = [closer?.at, mark?.at, bare].filter((at) => at !== undefined);
    if (next.length === 0) return this.#sayRest('text', closers, isEnd);
    const at = Math.min(...next);
    this.#say('text', this.#buffer.slice(0, at));
    this.#buffer = this.#buffer.slice(at);
    if (mark?.at !== at && closer?.at !== at) {
      // A mark may begin as a call does.
      if (!isEnd && [...closers, ...this.#opens].some((what) => what.startsWith(this.#buffer))) return false;
      this.#bare = new BareCandidate();
      return true;
    }
    if (!isEnd && closer?.at !== at && this.#mayBeLonger(mark?.what ?? '')) return false;
    this.#hasMarks = true;
    if (closer?.at === at) {
      this.#passCloser(0, closer.what);
      this.#state = PLAIN;
      return true;
    }
    return mark === undefined ? false : this.#enter(mark.what, 'text');
  }

  /**
   * The marks that end the text, and before its first character those of thoughts: the prompt may have opened one, and
   * nothing was in it.
   */
  #closersOfText(close: readonly string[]): readonly string[] {
    if (this.#text !== '') return close;
    const first = this.#buffer.slice(this.#buffer.search(/\S|$/));
    const isFirst = this.#thoughtClosers.some((mark) => first.startsWith(mark) || mark.startsWith(first));
    return isFirst ? [...close, ...this.#thoughtClosers] : close;
  }

  /** Tells if a longer mark may still come, of which this one is the beginning. */
  #mayBeLonger(mark: string): boolean {
    return this.#opens.some((open) => open.length > mark.length && open.startsWith(this.#buffer));
  }

  #enter(open: string, within: 'text' | 'thought'): boolean {
    const marks = this.#marks.filter((mark) => mark.open === open);
    this.#buffer = this.#buffer.slice(open.length);
    this.#isLineStart = true;
    const thought = marks.find((mark) => mark.kind === 'thought');
    const header = marks.find((mark) => mark.kind === 'header');
    const calls = marks.filter((mark) => mark.kind === 'call');
    if (thought !== undefined) this.#state = { mode: 'thought', close: thought.close };
    else if (header !== undefined) this.#state = { mode: 'header', mark: header };
    else if (calls.length > 0) {
      const close = [...new Set(calls.flatMap((call) => call.close))];
      const read = calls.flatMap((call) => call.read);
      this.#state = { mode: 'call', open, close, read, within };
    }
    return true;
  }

  #runThought(close: readonly string[], isEnd: boolean): boolean {
    const closer = earliest(this.#buffer, close);
    const call = earliest(this.#buffer, this.#callOpens);
    // A model that calls within a thought forgot to close it.
    if (call !== undefined && (closer === undefined || call.at < closer.at)) {
      this.#say('thought', this.#buffer.slice(0, call.at));
      this.#buffer = this.#buffer.slice(call.at);
      return this.#enter(call.what, 'thought');
    }
    if (closer !== undefined) {
      this.#say('thought', this.#buffer.slice(0, closer.at));
      this.#passCloser(closer.at, closer.what);
      this.#state = PLAIN;
      this.#isLineStart = true;
      return true;
    }
    return this.#sayRest('thought', close, isEnd);
  }

  /** Says what no mark can begin in any more; at the end, all but the marks that end a turn. */
  #sayRest(type: 'text' | 'thought', close: readonly string[], isEnd: boolean): false {
    const end = isEnd
      ? withoutTurnEnds(this.#buffer).length
      : safeLength(this.#buffer, [...close, ...this.#opens]);
    this.#say(type, this.#buffer.slice(0, end));
    this.#buffer = isEnd ? '' : this.#buffer.slice(end);
    return false;
  }

  /** Drops the buffer up to a closing mark, and that mark unless it begins what follows. */
  #passCloser(at: number, closer: string): void {
    const opensNext = this.#marks.some((mark) => mark.kind !== 'stray' && mark.open === closer);
    this.#buffer = this.#buffer.slice(opensNext ? at : at + closer.length);
  }

  #runHeader(mark: HeaderMark, isEnd: boolean): boolean {
    const end = this.#buffer.slice(0, MAX_HEADER).indexOf(mark.headerEnd);
    if (end < 0 && !isEnd && this.#buffer.length < MAX_HEADER) return false;
    const section: Section | undefined = end < 0 ? undefined : mark.section(this.#buffer.slice(0, end));
    if (section === undefined) {
      this.#say('text', mark.open);
      this.#state = PLAIN;
      return this.#buffer !== '';
    }
    this.#buffer = this.#buffer.slice(end + mark.headerEnd.length);
    this.#state =
      section.kind === 'call'
        ? { mode: 'call', open: '', close: section.close, read: section.read, within: 'text' }
        : { mode: section.kind, close: section.close };
    return true;
  }

  #runCall(state: CallState, isEnd: boolean): boolean {
    const { open, close, read, within } = state;
    // A mark that closes may stand within a text of the arguments, so the first one that makes a call counts.
    let closer = earliest(this.#buffer, close, this.#scanned);
    while (closer !== undefined && this.#tried++ < MAX_CLOSERS) {
      const body = this.#buffer.slice(0, closer.at);
      const raw = firstRead(read, body, false);
      if (raw !== undefined) {
        this.#giveCalls(raw, `${open}${body}${closer.what}`);
        this.#leaveCall(closer.at, closer.what);
        return true;
      }
      this.#scanned = closer.at + closer.what.length;
      closer = earliest(this.#buffer, close, this.#scanned);
    }
    if (!isEnd && closer === undefined) {
      // A closing mark may have come in part.
      this.#scanned = Math.max(this.#scanned, this.#buffer.length - MAX_CLOSER_LENGTH);
      this.#tail = this.#buffer.slice(-MAX_CLOSER_LENGTH);
      return false;
    }
    closer = earliest(this.#buffer, close);
    const body = this.#buffer.slice(0, closer?.at);
    // A body with many closing marks in it goes on behind the first one.
    const isClear = this.#tried <= MAX_CLOSERS;
    const wasCut = this.#isCut && closer === undefined;
    const isCall = isClear && (!wasCut || endsWhole(body));
    const raw = isCall ? firstRead(read, withoutTurnEnds(body), !this.#isCut) : undefined;
    const source = `${open}${body}${closer?.what ?? ''}`;
    if (raw === undefined) this.#say(within, source);
    else this.#giveCalls(raw, source);
    if (raw !== undefined && closer !== undefined) this.#leaveCall(closer.at, closer.what);
    else {
      this.#buffer = closer === undefined ? '' : this.#buffer.slice(closer.at + closer.what.length);
      this.#resetCall();
    }
    return this.#buffer !== '';
  }

  #leaveCall(at: number, closer: string): void {
    this.#passCloser(at, closer);
    this.#resetCall();
    this.#isLineStart = true;
  }

  #resetCall(): void {
    this.#scanned = 0;
    this.#tried = 0;
    this.#state = PLAIN;
  }

  /** Hands on the calls that are valid; the whole block stays text if none is. */
  #giveCalls(raw: readonly RawCall[], source: string): void {
    const calls = raw.map((call) => validCall(call, this.#tools));
    if (calls.every((call) => call === undefined)) {
      this.#say('text', source);
      return;
    }
    for (const [index, call] of calls.entries()) {
      if (call === undefined) {
        this.#say('text', JSON.stringify({ name: raw[index]?.name, arguments: raw[index]?.arguments }));
      } else {
        this.#calls.push(call);
        this.#pieces.push({ type: 'call', call });
        this.#hasMarks = true;
      }
    }
  }

  #runBare(candidate: BareCandidate, isEnd: boolean): boolean {
    const found = candidate.read(this.#buffer, isEnd, this.#isCut);
    if (found === 'more') return false;
    this.#bare = undefined;
    const isCall = found?.calls.every((call) => validCall(call, this.#tools) !== undefined) === true;
    if (found === undefined || !isCall) {
      // Other calls may begin within what is no value, but not within a value.
      const length = found?.length ?? 1;
      this.#say('text', this.#buffer.slice(0, length));
      this.#takeAgain(length);
      return this.#buffer !== '';
    }
    this.#buffer = this.#buffer.slice(found.length);
    this.#space = withoutIndentation(this.#space);
    this.#giveCalls(found.calls, '');
    this.#isLineStart = true;
    this.#isBehindBare = true;
    return true;
  }

  /** Drops the beginning of the buffer. A long rest is looked at in pieces again. */
  #takeAgain(length: number): void {
    const rest = this.#buffer.slice(length);
    const isLong = rest.length > MAX_PIECE;
    this.#buffer = isLong ? '' : rest;
    if (isLong) this.#input = rest + this.#input;
  }

  /** Drops what models write between two calls without marks. @returns false if only the next characters tell. */
  #passSeparator(isEnd: boolean): boolean {
    const length = /^[\s;,]*/.exec(this.#buffer.slice(0, MAX_SEPARATOR))?.[0].length ?? 0;
    const rest = this.#buffer.slice(length, length + MAX_HEAD);
    if (rest === '' && !isEnd && length < MAX_SEPARATOR) return false;
    const form = bareForm(rest, isEnd);
    if (form === 'more') return false;
    if (form !== undefined) this.#buffer = this.#buffer.slice(length);
    this.#isBehindBare = false;
    return true;
  }

  /** The place where a call without marks may begin; undefined if there is none. */
  #bareStart(isEnd: boolean): number | undefined {
    if (this.#tools.length === 0) return undefined;
    for (const found of this.#buffer.matchAll(BARE_START)) {
      const at = found.index + found[0].length;
      if (found[1] === '' && !this.#isLineStart) continue;
      if (bareForm(this.#buffer.slice(at, at + MAX_HEAD), isEnd) !== undefined) return at;
    }
    return undefined;
  }

  #say(type: 'text' | 'thought', text: string): void {
    if (text === '') return;
    if (type === 'thought') {
      const said = this.#thought === '' ? text.trimStart() : text;
      if (said === '') return;
      this.#thought += said;
      this.#pieces.push({ type, text: said });
      return;
    }
    const line = text.slice(text.lastIndexOf('\n') + 1);
    this.#isLineStart = /^[ \t]*$/.test(line) && (line.length < text.length || this.#isLineStart);
    this.#sayText(text);
  }

  /** White space around thoughts and calls is held until text follows. */
  #sayText(text: string): void {
    const end = text.trimEnd();
    const space = text.slice(end.length);
    if (end === '') {
      // Not read again: an answer may be nothing but white space.
      this.#space += space;
      return;
    }
    const said = this.#space + end;
    const start = this.#hasMarks && this.#text === '' ? said.trimStart() : said;
    this.#space = space;
    this.#text += start;
    this.#pieces.push({ type: 'text', text: start });
  }
}

function isOfCalls(mark: Mark): boolean {
  return mark.kind === 'call' || (mark.kind === 'stray' && mark.ofCalls === true);
}
