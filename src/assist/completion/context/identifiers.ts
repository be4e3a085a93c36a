/** Names near the cursor whose definitions help to complete code, and how much two texts have in common by their names. */

/** A name in a document. */
export interface NamePlace {
  readonly name: string;
  /** 0-based. */
  readonly line: number;
  /** 0-based, in UTF-16 code units. */
  readonly character: number;
}

/** Lines above the cursor that names are taken from. */
const LINES_ABOVE = 12;
const MAX_NAMES = 8;
const NAME = /[A-Za-z_$][\w$]{2,}/g;
/** Words of languages that VS Code ships with, which have no definition. */
const KEYWORDS = new Set(
  (
    'abstract and async await bool boolean break case catch char class const constructor continue def default defer ' +
    'del delete do double elif else enum except export extends extern false final finally float fn for from func ' +
    'function get global go goto if impl implements import in include inline instanceof int interface is lambda let ' +
    'long loop match mod module mut namespace new nil None nonlocal not null number object or override package pass ' +
    'print private protected pub public raise range readonly ref return self set short signed sizeof static string ' +
    'struct super switch template this throw throws trait true True False try type typedef typeof undefined union ' +
    'unsafe unsigned use using var virtual void volatile where while with yield'
  ).split(' '),
);

/** Returns names above the cursor and left of it, the nearest first, each once. */
export function namesNear(lines: readonly string[], line: number, character: number): NamePlace[] {
  const names = new Map<string, NamePlace>();
  for (let at = line; at >= Math.max(0, line - LINES_ABOVE); at--) {
    const text = codeOf(at === line ? (lines[at] ?? '').slice(0, character) : (lines[at] ?? ''));
    for (const match of [...text.matchAll(NAME)].reverse()) {
      const [name] = match;
      // A name that reaches the cursor is still being typed.
      const isOpen = at === line && match.index + name.length === character;
      if (isOpen || KEYWORDS.has(name) || names.has(name)) continue;
      names.set(name, { name, line: at, character: match.index });
      if (names.size === MAX_NAMES) return [...names.values()];
    }
  }
  return [...names.values()];
}

/** Returns the share of names that two texts have in common, 0 to 1 (Jaccard's index). */
export function likeness(one: string, other: string): number {
  const [ones, others] = [namesOf(one), namesOf(other)];
  const common = [...ones].filter((name) => others.has(name)).length;
  const all = ones.size + others.size - common;
  return all === 0 ? 0 : common / all;
}

function namesOf(text: string): Set<string> {
  return new Set([...text.matchAll(NAME)].map(([name]) => name).filter((name) => !KEYWORDS.has(name)));
}

/** Blanks out strings and comments of one line, as far as a line tells. */
function codeOf(line: string): string {
  const blank = (text: string): string => ' '.repeat(text.length);
  return line
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, blank)
    .replace(/(?:\/\/|^\s*#(?!include)|^\s*\*).*$/, blank);
}
