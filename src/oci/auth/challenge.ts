/**
 * Challenges of a `WWW-Authenticate` header (RFC 9110, 11.6.1).
 *
 * Grammar:
 *   WWW-Authenticate = #challenge
 *   challenge        = scheme [ 1*SP ( token68 / #auth-param ) ]
 *   auth-param       = token BWS "=" BWS ( token / quoted-string )
 * The parser is total and lenient: what stands before a mistake is kept, because a pull should not end at a
 * registry's typing error. Scheme and parameter names come back in lower case.
 */

/** One challenge: how the server wants the next request to be authorised. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`, … */
  readonly scheme: string;
  /** Names in lower case; of a name that comes twice, the first value. */
  readonly params: Readonly<Record<string, string>>;
}

/** Characters of a line that are read; what Node takes of all headers together. */
const MAX_LINE = 16 * 1024;

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const BLANK = /[ \t]*/y;
const SEPARATORS = /[ \t,]*/y;
/** What may follow a scheme instead of parameters, with its padding. */
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
/** Schemes that often come without parameters, so that their name alone is a challenge. */
const BARE_SCHEMES = new Set(['basic', 'bearer', 'digest', 'negotiate', 'ntlm', 'kerberos']);

/** A place in a header line, moved forward by regular expressions. */
class Cursor {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  get atEnd(): boolean {
    return this.#at >= this.#line.length;
  }

  /** What `pattern` matches here, or undefined; moves behind it. The pattern is sticky. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#line);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  /** Whether `character` stands here; moves behind it. */
  takeCharacter(character: string): boolean {
    if (this.#line[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

/** The value of a parameter, or undefined where it is missing or its quote is open. */
function takeValue(cursor: Cursor): string | undefined {
  const quoted = cursor.take(QUOTED);
  if (quoted !== undefined) return (quoted[1] ?? '').replace(/\\(.)/g, '$1');
  return cursor.take(TOKEN)?.[0];
}

function parseLine(line: string): Challenge[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  const cursor = new Cursor(line);
  while (!cursor.atEnd) {
    cursor.take(SEPARATORS);
    const name = cursor.take(TOKEN)?.[0].toLowerCase();
    if (name === undefined) break;
    cursor.take(BLANK);
    const current = found.at(-1);
    if (current !== undefined && cursor.takeCharacter('=')) {
      cursor.take(BLANK);
      const value = takeValue(cursor);
      if (value === undefined) break;
      if (!current.params.has(name)) current.params.set(name, value);
      continue;
    }
    // A word without "=" after a challenge is the next scheme, or a parameter whose value is missing.
    const followed = !cursor.atEnd && !cursor.takeCharacter(',');
    if (current !== undefined && !followed && !BARE_SCHEMES.has(name)) continue;
    found.push({ scheme: name, params: new Map() });
    if (followed) cursor.take(TOKEN68);
  }
  return found.map(({ scheme, params }) => ({ scheme, params: Object.fromEntries(params) }));
}

/** The challenges of all `WWW-Authenticate` header lines, in their order. Never throws. */
export function parseChallenges(headerLines: readonly string[]): Challenge[] {
  return headerLines.flatMap((line) => parseLine(line.slice(0, MAX_LINE)));
}

/**
 * The challenge that this client answers: Bearer before Basic, and undefined where neither is offered.
 */
export function pickChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find((challenge) => challenge.scheme === 'bearer') ??
    challenges.find((challenge) => challenge.scheme === 'basic')
  );
}
