/**
 * The reader of raw answers, as they come: it tells thoughts and calls from the text by the marks of the families, and
 * holds back no more than may still become a mark or a call. Nothing that was generated is lost: a call that is of no
 * offered tool, or does not fit its schema, stays text, and so does a mark that is quoted or stands in code.
 */

import type { Answer, AnswerPiece, AnswerReaderOptions, OfferedTool } from '../answer.ts';
import { BareCandidate, bareForm, bareStart, MAX_HEAD } from '../bare.ts';
import { earliest, type Found } from '../marks.ts';
import type { HeaderMark, RawCall, Section } from '../outputFamily.ts';
import { MAX_PIECE, pieceLength, safeLength, withoutTurnEnds } from '../stretch.ts';
import { callTag, endTagLength, mayBeTag } from '../tags.ts';
import { validCall } from '../validCall.ts';
import { HeldThought } from './heldThought.ts';
import { type CallOutcome, OpenCall } from './openCall.ts';
import { type ReaderMarks, readerMarks } from './readerMarks.ts';
import { Said } from './said.ts';

/** Characters of a message's header at most. */
const MAX_HEADER = 300;
/** Characters between two calls without marks, at most. */
const MAX_SEPARATOR = 64;

type State =
  | { readonly mode: 'text'; readonly close: readonly string[] }
  | { readonly mode: 'thought'; readonly close: readonly string[] }
  | { readonly mode: 'held'; readonly close: readonly string[]; readonly held: HeldThought }
  | { readonly mode: 'header'; readonly mark: HeaderMark }
  | { readonly mode: 'call'; readonly call: OpenCall };

const PLAIN: State = { mode: 'text', close: [] };

/** Reads one answer. */
export class AnswerReader {
  readonly #tools: readonly OfferedTool[];
  readonly #known: ReaderMarks;
  readonly #said = new Said();
  #state: State = PLAIN;
  #buffer = '';
  /** Came, and is not in the buffer yet. */
  #input = '';
  /** Begins the buffer, and may be a call without marks. */
  #bare: BareCandidate | undefined;
  #isBehindBare = false;
  #isCut = false;

  constructor({ tools, thoughtOpen, family }: AnswerReaderOptions) {
    this.#tools = tools;
    this.#known = readerMarks(family, tools);
    if (thoughtOpen) {
      this.#state = { mode: 'thought', close: this.#known.thoughtClosers };
      this.#said.mark();
    }
  }

  /** The marks that end the thought in which the answer is now; undefined outside of one. */
  get thoughtClosers(): readonly string[] | undefined {
    return this.#state.mode === 'thought' || this.#state.mode === 'held' ? this.#state.close : undefined;
  }

  /** Takes the next piece of the answer. @returns what is sure by now. */
  push(text: string): readonly AnswerPiece[] {
    this.#input += text;
    this.#drain(false);
    return this.#said.taken();
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
    const { text, thought, calls } = this.#said;
    return { text, thought, calls, pieces: this.#said.taken() };
  }

  #drain(isEnd: boolean): void {
    while (this.#input !== '') {
      const length = pieceLength(this.#input, isEnd);
      if (length === 0) return;
      const piece = this.#input.slice(0, length);
      this.#input = this.#input.slice(length);
      // A long call is only looked at as a whole where it may end: joining its pieces costs its length each time.
      this.#buffer += piece;
      if (this.#mayGoOn(piece)) this.#run(false);
    }
  }

  #mayGoOn(piece: string): boolean {
    if (this.#state.mode === 'call') return this.#state.call.mayEnd(piece);
    return this.#state.mode === 'held' ? this.#state.held.mayEnd(piece) : true;
  }

  #run(isEnd: boolean): void {
    let goesOn = true;
    while (goesOn) {
      const state = this.#state;
      if (state.mode === 'text') goesOn = this.#runText(state.close, isEnd);
      else if (state.mode === 'thought') goesOn = this.#runThought(state.close, isEnd);
      else if (state.mode === 'held') goesOn = this.#runHeld(state.held, state.close, isEnd);
      else if (state.mode === 'header') goesOn = this.#runHeader(state.mark, isEnd);
      else goesOn = this.#runCall(state.call, isEnd);
    }
  }

  #runText(close: readonly string[], isEnd: boolean): boolean {
    if (this.#bare !== undefined) return this.#runBare(this.#bare, isEnd);
    if (this.#isBehindBare && !this.#passSeparator(isEnd)) return false;
    const ending = this.#said.isBehindCall ? this.#endTag(isEnd) : 0;
    if (ending === 'more') return false;
    if (ending > 0) {
      const start = this.#buffer.search(/\S/);
      this.#said.say('text', this.#buffer.slice(0, start));
      this.#buffer = this.#buffer.slice(start + ending);
      return true;
    }
    const closers = this.#closersOfText(close);
    const closer = earliest(this.#buffer, closers);
    const mark = this.#known.opens.first(this.#buffer);
    const bare =
      this.#tools.length === 0 ? undefined : bareStart(this.#buffer, this.#said.isLineStart, isEnd);
    const next = [closer?.at, mark?.at, bare].filter((at) => at !== undefined);
    if (next.length === 0) return this.#sayRest('text', closers, isEnd);
    const at = Math.min(...next);
    // A longer mark may begin before it.
    if (!isEnd && this.#known.opens.safeLength(this.#buffer) < at) return false;
    this.#said.say('text', this.#buffer.slice(0, at));
    this.#buffer = this.#buffer.slice(at);
    if (mark?.at !== at && closer?.at !== at) return this.#startBare(closers, isEnd);
    const what = (closer?.at === at ? closer.what : mark?.what) ?? '';
    if (!isEnd && closer?.at !== at && this.#known.opens.mayBeLonger(this.#buffer, what)) return false;
    const isText = this.#isMention(what, isEnd);
    if (isText === 'more') return false;
    if (isText || (closer?.at !== at && !this.#counts(what))) {
      this.#said.say('text', what);
      this.#buffer = this.#buffer.slice(what.length);
      return true;
    }
    this.#said.mark();
    if (closer?.at !== at) return this.#enter(what, 'text');
    this.#passCloser(0, closer.what);
    this.#state = PLAIN;
    return true;
  }

  /** Tells if a mark that begins the buffer is written about. */
  #isMention(what: string, isEnd: boolean): boolean | 'more' {
    const { code } = this.#said;
    if (code.isCode) return true;
    const isQuoted = code.isQuoted(this.#buffer[what.length] ?? '');
    return isQuoted === 'more' && isEnd ? false : isQuoted;
  }

  /** Tells if a mark counts here: those around the text stand behind a thought, those of calls behind a call. */
  #counts(what: string): boolean {
    if (this.#known.lineOpens.has(what) && !this.#said.isLineStart) return false;
    const marks = this.#known.marks.filter(({ open }) => open === what);
    if (marks.length === 0) return true;
    return marks.some((mark) => {
      if (mark.kind === 'wrapper') return this.#said.text === '' && this.#said.thought !== '';
      return mark.kind !== 'stray' || mark.ofCalls !== true || this.#said.isBehindCall;
    });
  }

  /** Characters of a mark behind a call that ends it and that the call's own marks did not include. */
  #endTag(isEnd: boolean): number | 'more' {
    const start = this.#buffer.search(/\S/);
    if (start < 0) return 0;
    const rest = this.#buffer.slice(start);
    const length = endTagLength(rest, isEnd);
    if (length === 'more' || (!isEnd && this.#known.opens.begins(rest))) return 'more';
    const isOpen = this.#known.opens.first(this.#buffer, start)?.at === start;
    return isOpen ? 0 : length;
  }

  #startBare(closers: readonly string[], isEnd: boolean): boolean {
    // A mark may begin as a call does.
    if (!isEnd && (this.#known.opens.begins(this.#buffer) || mayBeTag(this.#buffer))) return false;
    if (!isEnd && closers.some((what) => what !== this.#buffer && what.startsWith(this.#buffer)))
      return false;
    if (this.#said.code.isCode) {
      this.#said.say('text', this.#buffer.slice(0, 1));
      this.#buffer = this.#buffer.slice(1);
    } else this.#bare = new BareCandidate();
    return true;
  }

  /**
   * The marks that end the text, and before its first character those of thoughts: the prompt may have opened one, and
   * nothing was in it.
   */
  #closersOfText(close: readonly string[]): readonly string[] {
    if (this.#said.text !== '') return close;
    const first = this.#buffer.slice(this.#buffer.search(/\S|$/));
    const closers = this.#known.thoughtClosers.filter(
      (mark) => first.startsWith(mark) || mark.startsWith(first),
    );
    // A mark that opens a message as well is read as that.
    return [...close, ...closers.filter((mark) => !this.#isOpen(mark))];
  }

  #enter(open: string, within: 'text' | 'thought'): boolean {
    const marks = this.#known.marks.filter((mark) => mark.open === open);
    this.#buffer = this.#buffer.slice(open.length);
    const frame = marks.find((mark) => mark.kind === 'thought' || mark.kind === 'wrapper');
    const header = marks.find((mark) => mark.kind === 'header');
    const calls = marks.filter((mark) => mark.kind === 'call');
    if (frame?.kind === 'thought') this.#state = { mode: 'thought', close: frame.close };
    else if (frame?.kind === 'wrapper') this.#state = { mode: 'text', close: frame.close };
    else if (header !== undefined) this.#state = { mode: 'header', mark: header };
    else if (calls.length > 0 || marks.length === 0) {
      const found = calls.length > 0 ? calls : [callTag(open)];
      const close = [...new Set(found.flatMap((call) => call.close))];
      const read = found.flatMap((call) => call.read);
      this.#state = { mode: 'call', call: new OpenCall({ open, close, read, within }) };
    }
    return true;
  }

  #runThought(close: readonly string[], isEnd: boolean): boolean {
    const closer = this.#unquoted((from) => earliest(this.#buffer, close, from), isEnd);
    const call = this.#unquoted((from) => this.#known.callOpens.first(this.#buffer, from), isEnd);
    if (closer === 'more' || call === 'more') return false;
    if (call !== undefined && (closer === undefined || call.at < closer.at)) {
      const { at, what } = call;
      if (!isEnd && this.#known.callOpens.mayBeLonger(this.#buffer.slice(at), what)) return false;
      if (!isEnd && this.#known.callOpens.safeLength(this.#buffer) < at) return false;
      this.#said.say('thought', this.#buffer.slice(0, at));
      this.#buffer = this.#buffer.slice(at);
      this.#state = { mode: 'held', close, held: new HeldThought(what, close) };
      return true;
    }
    if (closer === undefined) return this.#sayRest('thought', close, isEnd);
    this.#endThought(closer);
    return true;
  }

  #endThought(closer: Found): void {
    this.#said.say('thought', this.#buffer.slice(0, closer.at));
    this.#passCloser(closer.at, closer.what);
    this.#said.mark();
    this.#state = PLAIN;
  }

  /** The first mark that counts and does not stand between quotes; `more` if only the next character tells. */
  #unquoted(find: (from: number) => Found | undefined, isEnd: boolean): Found | 'more' | undefined {
    for (let found = find(0); found !== undefined; found = find(found.at + found.what.length)) {
      const { at, what } = found;
      const before = at > 0 ? this.#buffer[at - 1] : this.#said.lastThought;
      if (this.#known.lineOpens.has(what) && !'\n'.includes(before ?? '')) continue;
      const behind = this.#buffer[at + what.length];
      if (before === undefined || before === '' || !'`"\''.includes(before)) return found;
      if (behind === undefined) return isEnd ? found : 'more';
      if (behind !== before) return found;
    }
    return undefined;
  }

  /** A call within a thought: the model forgot to close the thought, unless it is closed and more follows. */
  #runHeld(held: HeldThought, close: readonly string[], isEnd: boolean): boolean {
    const found = held.find(this.#buffer, isEnd);
    if (found === 'more') return false;
    if (found === 'call') {
      this.#state = PLAIN;
      return this.#enter(held.open, 'thought');
    }
    if (found === 'mention') {
      this.#said.say('thought', held.open);
      this.#buffer = this.#buffer.slice(held.open.length);
      this.#state = { mode: 'thought', close };
      return true;
    }
    this.#endThought(found);
    return true;
  }

  /** Says what no mark can begin in any more; at the end, all but the marks that end a turn. */
  #sayRest(type: 'text' | 'thought', close: readonly string[], isEnd: boolean): false {
    const end = isEnd
      ? withoutTurnEnds(this.#buffer).length
      : Math.min(this.#known.opens.safeLength(this.#buffer), safeLength(this.#buffer, close));
    this.#said.say(type, this.#buffer.slice(0, end));
    this.#buffer = isEnd ? '' : this.#buffer.slice(end);
    return false;
  }

  /** Drops the buffer up to a closing mark, and that mark unless it begins what follows. */
  #passCloser(at: number, closer: string): void {
    this.#buffer = this.#buffer.slice(this.#isOpen(closer) ? at : at + closer.length);
  }

  #isOpen(what: string): boolean {
    return this.#known.marks.some((mark) => mark.kind !== 'stray' && mark.open === what);
  }

  #runHeader(mark: HeaderMark, isEnd: boolean): boolean {
    const end = this.#buffer.slice(0, MAX_HEADER).indexOf(mark.headerEnd);
    if (end < 0 && !isEnd && this.#buffer.length < MAX_HEADER) return false;
    const header = this.#buffer.slice(0, end);
    const section: Section | undefined = end < 0 ? undefined : mark.section(header);
    if (section === undefined) {
      this.#said.say('text', mark.open);
      this.#state = PLAIN;
      return this.#buffer !== '';
    }
    this.#buffer = this.#buffer.slice(end + mark.headerEnd.length);
    if (section.kind !== 'call') {
      this.#state = { mode: section.kind, close: section.close };
      return true;
    }
    // A call that is none is told with its header, which has its name.
    const open = `${mark.open}${header}${mark.headerEnd}`;
    const { close, read } = section;
    this.#state = { mode: 'call', call: new OpenCall({ open, close, read, within: 'text' }) };
    return true;
  }

  #runCall(call: OpenCall, isEnd: boolean): boolean {
    const outcome = call.take(this.#buffer, {
      isEnd,
      isCut: this.#isCut,
      isOpen: (mark) => this.#isOpen(mark),
      hasCall: (text) => this.#known.callOpens.first(text) !== undefined,
    });
    if (outcome === undefined) return false;
    this.#state = PLAIN;
    this.#buffer = '';
    this.#take(outcome, call.marks.within);
    // A mark of calls behind one closes it, whatever it says.
    if (outcome.rest.length > MAX_PIECE) this.#input = outcome.rest + this.#input;
    else this.#buffer = outcome.rest;
    return this.#buffer !== '';
  }

  #take({ raw, source, behind = '', isEmpty }: CallOutcome, within: 'text' | 'thought'): void {
    if (isEmpty === true && this.#said.isBehindCall) return;
    if (raw === undefined) this.#said.say(within, source);
    else this.#giveCalls(raw, source);
    this.#said.say('text', behind);
  }

  /** Hands on the calls that are valid; the whole block stays text if none is. */
  #giveCalls(raw: readonly RawCall[], source: string): void {
    const calls = raw.map((call) => validCall(call, this.#tools));
    if (calls.every((call) => call === undefined)) {
      this.#said.say('text', source);
      return;
    }
    for (const [index, call] of calls.entries()) {
      if (call === undefined) {
        this.#said.say('text', JSON.stringify({ name: raw[index]?.name, arguments: raw[index]?.arguments }));
      } else this.#said.call(call);
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
      this.#said.say('text', this.#buffer.slice(0, length));
      this.#takeAgain(length);
      return this.#buffer !== '';
    }
    this.#buffer = this.#buffer.slice(found.length);
    this.#said.dropIndentation();
    this.#giveCalls(found.calls, '');
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
}
