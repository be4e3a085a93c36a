/**
 * The reader of raw answers, as they come: it tells thoughts and calls from the text by the marks of the families, and
 * holds back no more than may still become a mark or a call. Nothing that was generated is lost: a call that is of no
 * offered tool, or does not fit its schema, stays text.
 */

import type { Answer, AnswerCall, AnswerPiece, AnswerReaderOptions, OfferedTool } from './answer.ts';
import { BARE_START, bareCalls } from './bare.ts';
import { endsWhole } from './callBodies.ts';
import { FAMILIES } from './families/index.ts';
import { earliest, firstRead } from './marks.ts';
import type { BodyReader, HeaderMark, Mark, RawCall, Section } from './outputFamily.ts';
import { TURN_ENDS } from './turnMarks.ts';
import { validCall } from './validCall.ts';

/** Characters that are looked at together: marks are searched for again behind each that is found. */
const MAX_PIECE = 1024;
/** Closing marks that are tried for one call before it is text: one may stand within its arguments. */
const MAX_CLOSERS = 8;
/** Characters of a closing mark at most. */
const MAX_CLOSER_LENGTH = 40;
/** Characters of the longest of those marks, and white space before it. */
const TRAILING_LENGTH = 40;

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
  #pieces: AnswerPiece[] = [];
  #text = '';
  #thought = '';
  readonly #calls: AnswerCall[] = [];
  /** Characters of a call's body in which no closing mark begins that was not tried. */
  #scanned = 0;
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
    for (let at = 0; at < text.length; at += MAX_PIECE) {
      this.#buffer += text.slice(at, at + MAX_PIECE);
      this.#run(false);
    }
    return this.#taken();
  }

  /**
   * The answer ends. @returns the last pieces, and all together.
   * @param isCut true if the model would have gone on: a call that is not whole stays text then.
   */
  end(isCut = false): Answer & { readonly pieces: readonly AnswerPiece[] } {
    this.#isCut = isCut;
    this.#run(true);
    const pieces = this.#taken();
    return { text: this.#text, thought: this.#thought.trim(), calls: this.#calls, pieces };
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
    // A thought that the prompt opened, and nothing was in it.
    const closer = earliest(this.#buffer, this.#text === '' ? [...close, ...this.#thoughtClosers] : close);
    const mark = earliest(this.#buffer, this.#opens);
    const bare = this.#bareStart();
    const next = [closer?.at, mark?.at, bare].filter((at) => at !== undefined);
    if (next.length === 0) return this.#sayRest('text', close, isEnd);
    const at = Math.min(...next);
    if (bare === at && mark?.at !== at && closer?.at !== at) return this.#runBare(bare, isEnd);
    this.#say('text', this.#buffer.slice(0, at));
    this.#buffer = this.#buffer.slice(at);
    if (!isEnd && closer?.at !== at && this.#mayBeLonger(mark?.what ?? '')) return false;
    this.#hasMarks = true;
    if (closer?.at === at) {
      this.#passCloser(0, closer.what);
      this.#state = PLAIN;
      return true;
    }
    return mark === undefined ? false : this.#enter(mark.what, 'text');
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
    const end = isEnd ? withoutTurnEnds(this.#buffer).length : this.#safeLength(close);
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
    const end = this.#buffer.indexOf(mark.headerEnd);
    if (end < 0 && !isEnd && this.#buffer.length < 300) return false;
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

  #runBare(at: number, isEnd: boolean): boolean {
    const found = bareCalls(this.#buffer.slice(at), isEnd);
    if (found === 'more') {
      // Text before it is sure.
      this.#say('text', this.#buffer.slice(0, at));
      this.#buffer = this.#buffer.slice(at);
      return false;
    }
    const calls = found === undefined ? [] : found.calls.map((call) => validCall(call, this.#tools));
    if (found === undefined || calls.length === 0 || calls.some((call) => call === undefined)) {
      // Said up to its end or its first line, so that the same place is not looked at again.
      const length = found?.length ?? Math.max(1, this.#buffer.slice(at).search(/(?<=\S)[\s\S]/));
      this.#say('text', this.#buffer.slice(0, at + length));
      this.#buffer = this.#buffer.slice(at + length);
      return this.#buffer !== '';
    }
    this.#say('text', this.#buffer.slice(0, at));
    this.#buffer = this.#buffer.slice(at + found.length);
    this.#giveCalls(found.calls, '');
    this.#isLineStart = true;
    return true;
  }

  /** The place where a call without marks may begin; undefined if there is none. */
  #bareStart(): number | undefined {
    if (this.#tools.length === 0) return undefined;
    for (const found of this.#buffer.matchAll(BARE_START)) {
      const at = found.index + (found[1]?.length ?? 0);
      if (at === 0 && !this.#isLineStart) continue;
      if (bareCalls(this.#buffer.slice(at), false) !== undefined) return at;
    }
    return undefined;
  }

  /** Characters of the buffer that cannot become a part of a mark any more. */
  #safeLength(close: readonly string[]): number {
    const marks = [...close, ...this.#opens];
    let safe = this.#buffer.length;
    for (const mark of marks) {
      for (let length = Math.min(mark.length - 1, this.#buffer.length); length > 0; length--) {
        if (this.#buffer.endsWith(mark.slice(0, length))) {
          safe = Math.min(safe, this.#buffer.length - length);
          break;
        }
      }
    }
    // A mark that ends the turn, or the beginning of one.
    const tail = this.#buffer.slice(-TRAILING_LENGTH);
    const trailing = /\s*[<[][^\s<>[\]]{0,30}[>\]]?\s*$/.exec(tail);
    if (trailing !== null) safe = Math.min(safe, this.#buffer.length - tail.length + trailing.index);
    return safe;
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
    this.#isLineStart = text.endsWith('\n') || (this.#isLineStart && text.trim() === '');
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

/** Returns a text without the marks at its end that end a turn, and without the white space before and behind them. */
function withoutTurnEnds(text: string): string {
  let kept = text;
  for (;;) {
    const trimmed = kept.trimEnd();
    const mark = TURN_ENDS.find((end) => trimmed.endsWith(end));
    if (mark === undefined) return kept;
    kept = trimmed.slice(0, -mark.length).trimEnd();
  }
}
