/** A set of marks, found in a text in one pass. */

import { escaped } from '../escaped.ts';
import type { Found } from '../marks.ts';

export class MarkSet {
  readonly #pattern: RegExp;
  readonly #marks: readonly string[];
  /** Every beginning of a mark that is not yet one. */
  readonly #beginnings: ReadonlySet<string>;
  readonly #longest: number;

  /** @param generic a pattern of further marks. */
  constructor(marks: readonly string[], generic?: string) {
    this.#marks = [...new Set(marks)].sort((one, other) => other.length - one.length);
    const parts = [
      ...(marks.length === 0 ? [] : [alternatives(this.#marks)]),
      ...(generic === undefined ? [] : [generic]),
    ];
    this.#pattern = new RegExp(parts.length === 0 ? '(?!)' : parts.join('|'), 'g');
    this.#beginnings = new Set(
      this.#marks.flatMap((mark) =>
        Array.from({ length: mark.length - 1 }, (_, at) => mark.slice(0, at + 1)),
      ),
    );
    this.#longest = Math.max(0, ...this.#marks.map(({ length }) => length));
  }

  /** The first mark from an index on; of those that begin at one place the longest. */
  first(text: string, from = 0): Found | undefined {
    this.#pattern.lastIndex = from;
    const found = this.#pattern.exec(text);
    return found === null ? undefined : { at: found.index, what: found[0] };
  }

  /** Tells if a text is the beginning of a mark. */
  begins(text: string): boolean {
    return this.#beginnings.has(text);
  }

  /** Tells if a mark longer than `mark` may still come of a text that begins with it. */
  mayBeLonger(text: string, mark: string): boolean {
    return this.#marks.some(
      (one) => one.length > mark.length && one.length > text.length && one.startsWith(text),
    );
  }

  /** Characters of a text that cannot become a part of a mark any more. */
  safeLength(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--)
      if (this.#beginnings.has(text.slice(-length))) return text.length - length;
    return text.length;
  }
}

/** A pattern of texts, the longest first. What begins alike is compared once: most places of a text begin none. */
function alternatives(texts: readonly string[]): string {
  const byFirst = new Map<string, string[]>();
  for (const text of texts) {
    const first = text.slice(0, 1);
    byFirst.set(first, [...(byFirst.get(first) ?? []), text.slice(1)]);
  }
  const parts = [...byFirst].map(([first, rests]) => {
    const [only = ''] = rests;
    return escaped(first) + (rests.length === 1 ? escaped(only) : alternatives(rests));
  });
  // A text that ends here comes behind those that go on.
  parts.sort((one, other) => Number(one === '') - Number(other === ''));
  return parts.length === 1 ? (parts[0] ?? '') : `(?:${parts.join('|')})`;
}
