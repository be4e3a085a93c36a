/** A call between marks while it arrives. */
import { endsWhole } from '../callBodies.ts';
import { earliest, type Found, firstRead, leadingCalls } from '../marks.ts';
import type { BodyReader, RawCall } from '../outputFamily.ts';
import { withoutTurnEnds } from '../stretch.ts';

/** Closing marks that are tried for one call before it is text: one may stand within its arguments. */
const MAX_CLOSERS = 8;
/** Characters of a closing mark at most. */
const MAX_CLOSER_LENGTH = 48;
/** White space between a mark and its call, at most. */
const MAX_SPACE = 64;
/** The beginning of a call, whatever its form is. */
const BEGINNING = /^(?:[[{(`<"'✿｜\]]|[\p{L}_][\p{L}\p{N}_.:-]*\s*(?:$|[({[<>`=✿｜\n]))/u;

/** The result of reading a call. */
export interface CallOutcome {
  /** Undefined if it is none. */
  readonly raw: readonly RawCall[] | undefined;
  /** The text of what was read, or of what is none. */
  readonly source: string;
  /** The text that is read again. */
  readonly rest: string;
  /** Text that follows as it is. */
  readonly behind?: string;
  /** True if there was nothing in it. */
  readonly isEmpty?: boolean;
}

/** Where a call is read. */
export interface CallPlace {
  readonly isEnd: boolean;
  /** True if the model would have gone on: what is not whole is text then. */
  readonly isCut: boolean;
  /** Tells if a mark opens something. */
  isOpen(mark: string): boolean;
  /** Tells if a text has a mark that opens a call. */
  hasCall(text: string): boolean;
}

export interface OpenCallMarks {
  readonly open: string;
  readonly close: readonly string[];
  readonly read: readonly BodyReader[];
  readonly within: 'text' | 'thought';
}

export class OpenCall {
  readonly marks: OpenCallMarks;
  /** Characters of the body in which no closing mark begins that was not tried. */
  #scanned = 0;
  /** The end of the body as far as it has come. */
  #tail = '';
  /** Closing marks that were tried, and made none of the body. */
  #tried = 0;
  #hasBegun = false;

  constructor(marks: OpenCallMarks) {
    this.marks = marks;
  }

  /** Tells if a body may end with a piece: joining the pieces of a long one costs its length each time. */
  mayEnd(piece: string): boolean {
    if (!this.#hasBegun) return true;
    const tail = this.#tail + piece;
    this.#tail = tail.slice(-MAX_CLOSER_LENGTH);
    return earliest(tail, this.marks.close) !== undefined;
  }

  /**
   * Reads the body.
   * @param body everything behind the opening mark, as far as it has come.
   * @returns undefined if more is needed to say.
   */
  take(body: string, place: CallPlace): CallOutcome | undefined {
    const { open, close, read } = this.marks;
    if (!this.#hasBegun) {
      const begins = this.#begins(body);
      if (begins === undefined && !place.isEnd) return undefined;
      if (begins === false) return { raw: undefined, source: open, rest: body, isEmpty: body.trim() === '' };
      this.#hasBegun = begins === true;
    }
    // A mark that closes may stand within a text of the arguments, so the first one that makes a call counts.
    let closer = earliest(body, close, this.#scanned);
    while (closer !== undefined && this.#tried++ < MAX_CLOSERS) {
      const raw = firstRead(read, body.slice(0, closer.at), false);
      if (raw !== undefined) return { raw, ...this.#parts(body, closer, place) };
      this.#scanned = closer.at + closer.what.length;
      closer = earliest(body, close, this.#scanned);
    }
    if (!place.isEnd && closer === undefined) {
      // A closing mark may have come in part.
      this.#scanned = Math.max(this.#scanned, body.length - MAX_CLOSER_LENGTH);
      this.#tail = body.slice(-MAX_CLOSER_LENGTH);
      return undefined;
    }
    return this.#last(body, earliest(body, close), place);
  }

  /** No closing mark made a call of the body. */
  #last(body: string, closer: Found | undefined, place: CallPlace): CallOutcome {
    const { open, read } = this.marks;
    const inner = body.slice(0, closer?.at);
    const wasCut = place.isCut && closer === undefined;
    const parts = this.#parts(body, closer, place);
    const whole = withoutTurnEnds(inner);
    // A body with many closing marks in it goes on behind the first one.
    if (this.#tried <= MAX_CLOSERS && (!wasCut || endsWhole(whole))) {
      const raw = firstRead(read, whole, !place.isCut);
      if (raw !== undefined) return { raw, ...parts };
    }
    // Text behind a call whose closing mark is missing, or before it. One mark may open and close, and stand in a string.
    const hasOpener = closer !== undefined && place.isOpen(closer.what);
    const found = leadingCalls(read, inner) ?? (hasOpener ? leadingCalls(read, body) : undefined);
    if (found !== undefined && found.length > inner.length) {
      const source = `${open}${body.slice(0, found.length)}`;
      return { raw: found.raw, source, rest: body.slice(found.length) };
    }
    if (found === undefined) return { raw: undefined, ...parts, isEmpty: whole.trim() === '' };
    const source = `${open}${inner.slice(0, found.length)}`;
    const behind = inner.slice(found.length);
    if (closer === undefined || place.hasCall(behind))
      return { raw: found.raw, source, rest: body.slice(found.length) };
    return { raw: found.raw, source, behind: /^[\s\]})]*$/.test(behind) ? '' : behind, rest: parts.rest };
  }

  /** The text of the call up to a closing mark, and what is behind: that mark itself if it begins what follows. */
  #parts(body: string, closer: Found | undefined, place: CallPlace): { source: string; rest: string } {
    const end =
      closer === undefined ? body.length : closer.at + (place.isOpen(closer.what) ? 0 : closer.what.length);
    return { source: `${this.marks.open}${body.slice(0, end)}`, rest: body.slice(end) };
  }

  /** Tells if the body begins as a call does; undefined if only its next characters tell. */
  #begins(body: string): boolean | undefined {
    const start = body.slice(0, MAX_SPACE).search(/\S/);
    if (start < 0) return body.length >= MAX_SPACE ? false : undefined;
    if (earliest(body.slice(start, start + MAX_CLOSER_LENGTH), this.marks.close)?.at === 0) return true;
    const head = body.slice(start, start + 2 * MAX_SPACE);
    if (!BEGINNING.test(head)) return false;
    return /^[\p{L}\p{N}_.:-]+\s*$/u.test(head) && head.length < 2 * MAX_SPACE ? undefined : true;
  }
}
