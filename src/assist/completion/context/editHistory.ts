/** The latest edits of a user, each a place whose lines changed: what somebody does here is likely to go on elsewhere. */

/** Lines that were replaced by others. */
export interface Edit {
  /** Identifies the document. */
  readonly document: string;
  /** First line that changed, 0-based, the same before and after. */
  readonly line: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A document with its last edit. */
export interface LastEdit {
  /** The lines before the edit. */
  readonly before: readonly string[];
  readonly edit: Edit;
}

const MAX_EDITS = 16;
const MAX_DOCUMENTS = 16;
/** Lines between two changes that still are one edit. */
const NEAR_LINES = 3;

/** A document while it is edited. */
interface Watched {
  /** Its lines before the edit that goes on. */
  base: readonly string[];
  lines: readonly string[];
}

/** Follows the texts of documents. */
export class EditHistory {
  readonly #documents = new Map<string, Watched>();
  /** Edits that are over, the oldest first. */
  #edits: Edit[] = [];
  /** The document that was edited last. */
  #last: string | undefined;

  /** Takes note of a document before it is edited. Its text replaces what was known of it. */
  open(document: string, text: string): void {
    const lines = text.split('\n');
    this.#documents.delete(document);
    this.#documents.set(document, { base: lines, lines });
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > MAX_DOCUMENTS && oldest !== undefined) this.close(oldest);
  }

  /** True if a document was opened. */
  knows(document: string): boolean {
    return this.#documents.has(document);
  }

  close(document: string): void {
    this.#end(document);
    this.#documents.delete(document);
  }

  /** Takes note of a document's text after a change. */
  change(document: string, text: string): void {
    const watched = this.#documents.get(document);
    if (watched === undefined) {
      this.open(document, text);
      return;
    }
    if (this.#last !== undefined && this.#last !== document) this.#end(this.#last);
    this.#last = document;
    const lines = text.split('\n');
    const change = editBetween(document, watched.lines, lines);
    if (change === undefined) return;
    const open = editBetween(document, watched.base, watched.lines);
    if (open !== undefined && !isNear(open, change)) this.#end(document);
    watched.lines = lines;
  }

  /** The edits, the oldest first, with the one that goes on. */
  get all(): readonly Edit[] {
    const last = this.#last === undefined ? undefined : this.last(this.#last)?.edit;
    return last === undefined ? this.#edits : [...this.#edits, last];
  }

  /** Returns the edit that goes on in a document, or undefined if none does. */
  last(document: string): LastEdit | undefined {
    const watched = this.#documents.get(document);
    const edit = watched && editBetween(document, watched.base, watched.lines);
    return watched === undefined || edit === undefined ? undefined : { before: watched.base, edit };
  }

  #end(document: string): void {
    const watched = this.#documents.get(document);
    const edit = this.last(document)?.edit;
    if (watched === undefined || edit === undefined) return;
    this.#edits = [...this.#edits, edit].slice(-MAX_EDITS);
    watched.base = watched.lines;
  }
}

/** Returns the difference of two texts as one edit, or undefined if there is none. */
export function editBetween(
  document: string,
  before: readonly string[],
  after: readonly string[],
): Edit | undefined {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  if (head + tail === before.length && head + tail === after.length) return undefined;
  return {
    document,
    line: head,
    removed: before.slice(head, before.length - tail),
    added: after.slice(head, after.length - tail),
  };
}

/** Tells if a change of the text after `edit` touches it or the lines around it. */
function isNear(edit: Edit, change: Edit): boolean {
  const end = edit.line + edit.added.length;
  return change.line <= end + NEAR_LINES && change.line + change.removed.length >= edit.line - NEAR_LINES;
}

/** Writes an edit as a short difference. @param path of its file. */
export function diffText({ removed, added }: Pick<Edit, 'removed' | 'added'>, path: string): string {
  const lines = [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)];
  return [`--- a/${path}`, `+++ b/${path}`, ...lines].join('\n');
}
