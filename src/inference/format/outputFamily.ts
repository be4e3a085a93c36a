/** The shape of a family's raw output: marks of thoughts and calls, and how the body of a call is read. */

/** A call as it stands in an answer, before it is compared with the tools. */
export interface RawCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Values without names, in the order of the tool's schema. */
  readonly positional?: readonly unknown[] | undefined;
  /** Tells if the values are raw text, whose types only the schema knows. */
  readonly isText?: boolean | undefined;
  /** Tells if the arguments stood beside the name, so that any other key is none. */
  readonly isFlat?: boolean | undefined;
}

/**
 * Reads the body between the marks of a call.
 * @param isEnd tells if the answer ends behind it, so that closers may be missing.
 * @returns undefined if it is not in this form, or not whole yet.
 */
export type BodyReader = (body: string, isEnd: boolean) => readonly RawCall[] | undefined;

/** Thoughts between two marks. */
export interface ThoughtMark {
  readonly kind: 'thought';
  readonly open: string;
  readonly close: readonly string[];
}

/** Calls between two marks; without a closing one they go on to the end. */
export interface CallMark {
  readonly kind: 'call';
  readonly open: string;
  /** Tells if it is text anywhere but at the start of a line. */
  readonly startsLine?: boolean;
  readonly close: readonly string[];
  /** Tried in order. */
  readonly read: readonly BodyReader[];
}

/** A message whose header says what it is: everything between `open` and `headerEnd`. */
export interface HeaderMark {
  readonly kind: 'header';
  readonly open: string;
  readonly headerEnd: string;
  /** @returns undefined for a header of no such message, which stays text. */
  section(header: string): Section | undefined;
}

/** The section that follows a header, up to one of the closing marks. */
export type Section =
  | { readonly kind: 'text' | 'thought'; readonly close: readonly string[] }
  | { readonly kind: 'call'; readonly close: readonly string[]; readonly read: readonly BodyReader[] };

/** Marks around the text that follows a thought; elsewhere they are text. */
export interface WrapperMark {
  readonly kind: 'wrapper';
  readonly open: string;
  readonly close: readonly string[];
}

/** A mark that is no part of the text, wherever it stands. */
export interface StrayMark {
  readonly kind: 'stray';
  readonly open: string;
  /** Tells if it belongs to calls, and so is text anywhere but behind one. */
  readonly ofCalls?: boolean;
}

export type Mark = ThoughtMark | CallMark | HeaderMark | WrapperMark | StrayMark;

/** One family of models. */
export interface Family {
  readonly name: string;
  /** Tells if its marks are common in texts, so that they count only if the family is known. */
  readonly isByName?: boolean;
  /** Text that only the chat templates of such a family have. */
  readonly templateSign?: string;
  readonly marks: readonly Mark[];
  /** Marks that have the name of an offered tool. */
  readonly ofTool?: (name: string) => readonly Mark[];
}
