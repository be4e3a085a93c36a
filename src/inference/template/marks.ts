/**
 * Keeps special tokens out of what people, tools and models wrote. A mark such as `<|im_start|>` in a message must
 * stay text: a separator is put inside it before the template is rendered, and the prompt is cut there afterwards,
 * so that the mark lies in two pieces and no tokenizer sees it whole.
 */
import type { ToolDefinition } from '../index.ts';
import type { Turn } from './turns.ts';

/** The characters of the private use area come first: no text means anything by them. */
const PRIVATE_USE = 0xe000;
const PRIVATE_USE_END = 0xf8ff;
/** The last character before the halves of surrogate pairs. */
const LAST_BEFORE_SURROGATES = 0xd7ff;

/** Elements of HTML, which some vocabularies have as tokens of their own: people write them, no template does. */
const HTML =
  /^<\/?(?:a|b|blockquote|br|caption|code|div|em|h[1-6]|hr|i|img|li|ol|p|pre|s|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul)>$/;

/** The special texts that have to be kept out of messages. */
export function marksToHide(source: {
  readonly template: string;
  readonly bosToken: string;
  readonly eosToken: string;
  readonly specialTexts: readonly string[];
}): string[] {
  const { template, bosToken, eosToken, specialTexts } = source;
  const isStructure = (text: string): boolean =>
    text === bosToken || text === eosToken || template.includes(text) || !HTML.test(text);
  return [...specialTexts, bosToken, eosToken].filter(
    // White space, words and single characters are no structure.
    (text) => Array.from(text).length > 1 && /[^\p{L}\p{N}\s_-]/u.test(text) && isStructure(text),
  );
}

/** Finds marks, those that overlap as well. Made once for a vocabulary. @param marks of two characters at least. */
export function markPattern(marks: readonly string[]): RegExp | undefined {
  return marks.length === 0 ? undefined : new RegExp(`(?=${alternatives(marks)})`, 'gu');
}

/** Separates the halves of marks in one rendering. */
export class MarkSplitter {
  readonly #separator: string;
  readonly #marks: RegExp | undefined;

  /** @param texts everything that will be rendered, so that the separator is none of its characters. */
  constructor(marks: RegExp | undefined, texts: Iterable<string>) {
    this.#marks = marks;
    this.#separator = unusedCharacter(texts);
  }

  /** Puts the separator behind the first character of each mark. */
  hide(text: string): string {
    if (this.#marks === undefined) return text;
    const cuts = [...text.matchAll(this.#marks)].map(({ index }) => index + firstLength(text, index));
    if (cuts.length === 0) return text;
    const parts = cuts.map((cut, at) => text.slice(cuts[at - 1] ?? 0, cut));
    return [...parts, text.slice(cuts.at(-1))].join(this.#separator);
  }

  hideTurns(turns: readonly Turn[]): readonly Turn[] {
    return turns.map((turn) => ({ ...(this.#hideAll(turn) as Turn), role: turn.role }));
  }

  hideTools(tools: readonly ToolDefinition[]): readonly ToolDefinition[] {
    return this.#hideAll(tools) as readonly ToolDefinition[];
  }

  /** Hides the marks of all texts in a value of JSON, of its keys as well. */
  #hideAll(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((item) => this.#hideAll(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.hide(key), this.#hideAll(item)]),
    );
  }

  /** Cuts a prompt at the separators; `ensure_ascii` may have written them as escapes. */
  cut(prompt: string): string[] {
    const code = this.#separator.charCodeAt(0).toString(16).padStart(4, '0');
    return prompt
      .split(`\\u${code}`)
      .join(this.#separator)
      .split(this.#separator)
      .filter((piece) => piece !== '');
  }
}

function firstLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Neighbors with the same beginning become one branch of the regular expression. */
function alternatives(marks: readonly string[]): string {
  return [...new Set(marks)]
    .sort()
    .map((mark) => mark.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('|');
}

/** A character that none of the texts has, neither as itself nor as the escape that JSON has for it. */
function unusedCharacter(texts: Iterable<string>): string {
  const used = new Set<number>();
  for (const text of texts) {
    for (let at = 0; at < text.length; at++) used.add(text.charCodeAt(at));
    for (const [, code = ''] of text.matchAll(/\\u([0-9a-fA-F]{4})/g)) used.add(Number.parseInt(code, 16));
  }
  for (let code = PRIVATE_USE; code <= PRIVATE_USE_END; code++)
    if (!used.has(code)) return String.fromCharCode(code);
  // A text with the whole area: any other character of no meaning to a template will do.
  for (let code = LAST_BEFORE_SURROGATES; code > 0x100; code--)
    if (!used.has(code)) return String.fromCharCode(code);
  throw new Error('The texts have every character there is.');
}
