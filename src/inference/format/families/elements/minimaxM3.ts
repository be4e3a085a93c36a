/** MiniMax M3: elements whose names are those of the arguments, each behind a mark that no text has. */
import type { BodyReader, Family, RawCall } from '../../outputFamily.ts';

const MARK = ']<]minimax[>[';
/** Values within values that are followed. */
const MAX_DEPTH = 32;

/** Reads elements one behind the other. */
class M3Reader {
  /** Text and tags in turn: what is behind each mark begins with a tag. */
  readonly #parts: readonly string[];
  #at = 1;

  constructor(body: string) {
    this.#parts = body.split(MARK);
  }

  calls(): RawCall[] | undefined {
    if (this.#parts[0]?.trim() !== '') return undefined;
    const calls: RawCall[] = [];
    while (this.#at < this.#parts.length) {
      const name = /^\s*<invoke\s+name=["']([^"']{1,128})["']>\s*$/.exec(this.#parts[this.#at] ?? '')?.[1];
      if (name === undefined) return undefined;
      this.#at++;
      const given = this.#members('invoke', 0);
      if (given === undefined) return undefined;
      calls.push({ name, arguments: Object.fromEntries(given), isText: true });
    }
    return calls.length > 0 ? calls : undefined;
  }

  /** The elements up to a closing tag. */
  #members(closing: string, depth: number): [string, unknown][] | undefined {
    const members: [string, unknown][] = [];
    for (; depth <= MAX_DEPTH; ) {
      const part = this.#parts[this.#at] ?? '';
      if (new RegExp(`^\\s*</${closing}>\\s*$`).test(part)) {
        this.#at++;
        return members;
      }
      const tag = /^\s*<([\w.-]{1,128})>/.exec(part);
      if (tag?.[1] === undefined) return undefined;
      const value = this.#value(tag[1], part.slice(tag[0].length), depth);
      if (value === undefined) return undefined;
      members.push([tag[1], value.value]);
    }
    return undefined;
  }

  /** The value of an element: a text, or what is in it. */
  #value(name: string, text: string, depth: number): { readonly value: unknown } | undefined {
    const next = this.#parts[++this.#at] ?? '';
    if (new RegExp(`^\\s*</${name}>\\s*$`).test(next)) {
      this.#at++;
      return { value: text };
    }
    const members = text.trim() === '' ? this.#members(name, depth + 1) : undefined;
    if (members === undefined) return undefined;
    const isList = members.every(([key]) => key === 'item');
    return { value: isList ? members.map(([, item]) => item) : Object.fromEntries(members) };
  }
}

const calls: BodyReader = (body) => new M3Reader(body).calls();

export const minimaxM3: Family = {
  name: 'minimax-m3',
  marks: [
    { kind: 'thought', open: '<mm:think>', close: ['</mm:think>'] },
    { kind: 'call', open: `${MARK}<tool_call>`, close: [`${MARK}</tool_call>`], read: [calls] },
  ],
};
