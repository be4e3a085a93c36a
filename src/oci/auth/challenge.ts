/**
 * Challenges of a `WWW-Authenticate` header (RFC 9110, 11.6.1).
 *
 * Grammar:
 *   WWW-Authenticate = #challenge
 *   challenge        = scheme [ 1*SP ( token68 / #auth-param ) ]
 *   auth-param       = token BWS "=" BWS ( token / quoted-string )
 * The parser is total and lenient: everything before a mistake is kept, because a registry's typing error should not
 * end a pull. Scheme and parameter names are returned in lower case.
 */

/** One challenge, which says how the server wants the next request to be authorized. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`, … */
  readonly scheme: string;
  /** Names in lower case. The first value counts if a name is repeated. */
  readonly params: Readonly<Record<string, string>>;
}

/** Longest line that is parsed, in characters: as much as Node accepts for all headers together. */
const MAX_LINE = 16 * 1024;

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const BLANK = /[ \t]*/y;
const SEPARATORS = /[ \t,]*/y;
/** A token68 with its padding, which may follow a scheme instead of parameters. */
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
/** A value without the quotation marks that it needs, such as an address. */
const UNQUOTED = /[^\s,"]+/y;
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

  /** Matches the sticky `pattern` here and moves behind the match. Returns undefined if it does not match. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#line);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  /** Moves behind `character` and returns true if it stands here. */
  takeCharacter(character: string): boolean {
    if (this.#line[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

/** Returns the value of a parameter, or undefined if it is missing or its quote is not closed. */
function takeValue(cursor: Cursor): string | undefined {
  const quoted = cursor.take(QUOTED);
  if (quoted !== undefined) return (quoted[1] ?? '').replace(/\\(.)/g, '$1');
  return cursor.take(UNQUOTED)?.[0];
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

/** Parses the challenges of all `WWW-Authenticate` header lines, in order. Never throws. */
export function parseChallenges(headerLines: readonly string[]): Challenge[] {
  return headerLines.flatMap((line) => parseLine(line.slice(0, MAX_LINE)));
}

/** Picks the challenge to answer: Bearer before Basic. Returns undefined if neither is offered. */
export function pickChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find((challenge) => challenge.scheme === 'bearer') ??
    challenges.find((challenge) => challenge.scheme === 'basic')
  );
}
