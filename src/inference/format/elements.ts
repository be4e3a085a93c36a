/** Calls as elements: their names and arguments stand in marks of their own, and values are raw text. */

import { isObject } from '../../base/json.ts';
import { isUsable, readLoose } from './loose.ts';
import type { BodyReader, RawCall } from './outputFamily.ts';

/** The marks of a form. The patterns are sticky, and the first group of those that open is a name. */
export interface ElementForm {
  readonly call: RegExp;
  /** Undefined if a call goes on to the end of the body. */
  readonly callEnd?: RegExp;
  readonly argument: RegExp;
  /** Found anywhere, and so with the flag for all. */
  readonly argumentEnd: RegExp;
}

/** A function's name: letters, digits, and what namespaces are written with. */
export const NAME = /^[\p{L}_][\p{L}\p{N}_.:/-]{0,127}$/u;

/** The value of an element as models write it: on lines of its own, and not escaped. */
function raw(text: string): string {
  const value = text.replace(/^\r?\n/, '').replace(/\r?\n[ \t]*$/, '');
  return /^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/.exec(value)?.[1] ?? value;
}

/** Reads one body. */
class ElementReader {
  readonly #form: ElementForm;
  readonly #body: string;
  readonly #isEnd: boolean;
  #at = 0;
  /** True once no value has a closing mark any more. */
  #hasNoMore = false;

  constructor(form: ElementForm, body: string, isEnd: boolean) {
    this.#form = form;
    this.#body = body;
    this.#isEnd = isEnd;
  }

  /** @returns undefined if something is in the body that belongs to no call. */
  read(): readonly RawCall[] | undefined {
    const calls: RawCall[] = [];
    this.#skipSpace();
    while (this.#at < this.#body.length) {
      const call = this.#call();
      if (call === undefined) return undefined;
      calls.push(call);
    }
    return calls.length > 0 ? calls : undefined;
  }

  #call(): RawCall | undefined {
    const name = this.#match(this.#form.call)?.[1]?.trim();
    if (name === undefined || !NAME.test(name)) return undefined;
    this.#skipSpace();
    const json = this.#body[this.#at] === '{' ? readLoose(this.#body, this.#at) : undefined;
    if (json !== undefined && isUsable(json, this.#isEnd) && isObject(json.value)) {
      this.#at = json.end;
      return this.#closes() ? { name, arguments: json.value } : undefined;
    }
    const given: [string, string][] = [];
    for (;;) {
      const key = this.#match(this.#form.argument)?.[1]?.trim();
      if (key === undefined) break;
      given.push([key, raw(this.#value())]);
      this.#skipSpace();
    }
    return this.#closes() ? { name, arguments: Object.fromEntries(given), isText: true } : undefined;
  }

  /** Takes the mark that closes a call. It may be missing before the next one, and at the end of the answer. */
  #closes(): boolean {
    this.#skipSpace();
    const { callEnd, call } = this.#form;
    if (callEnd === undefined) return this.#at >= this.#body.length;
    if (this.#match(callEnd) !== undefined) {
      this.#skipSpace();
      return true;
    }
    return this.#at < this.#body.length ? this.#is(call, this.#at) : this.#isEnd;
  }

  /** A value goes on to the first closing mark behind which something that is known follows: it may hold such marks. */
  #value(): string {
    const start = this.#at;
    const { argumentEnd } = this.#form;
    argumentEnd.lastIndex = start;
    while (!this.#hasNoMore) {
      const found = argumentEnd.exec(this.#body);
      if (found === null) {
        this.#hasNoMore = true;
        break;
      }
      const end = argumentEnd.lastIndex;
      if (!this.#isKnown(end)) continue;
      this.#at = end;
      return this.#body.slice(start, found.index);
    }
    this.#at = this.#nextKnown(start);
    return this.#body.slice(start, this.#at);
  }

  #isKnown(end: number): boolean {
    const at = end + (/^\s*/.exec(this.#body.slice(end, end + 256))?.[0].length ?? 0);
    if (at >= this.#body.length) return true;
    const { callEnd, argument } = this.#form;
    return this.#is(argument, at) || (callEnd !== undefined && this.#is(callEnd, at));
  }

  /** The place of the next mark where none closes the value. */
  #nextKnown(from: number): number {
    for (let at = this.#body.indexOf('<', from); at >= 0; at = this.#body.indexOf('<', at + 1)) {
      const { callEnd, argument } = this.#form;
      if (this.#is(argument, at) || (callEnd !== undefined && this.#is(callEnd, at))) return at;
    }
    return this.#body.length;
  }

  #is(pattern: RegExp, at: number): boolean {
    pattern.lastIndex = at;
    return pattern.test(this.#body);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#body);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#body[this.#at] ?? '')) this.#at++;
  }
}

/** A reader of calls in a form. */
export function elementCalls(form: ElementForm): BodyReader {
  return (body, isEnd) => new ElementReader(form, body, isEnd).read();
}

/** `<function=f><parameter=p>value</parameter></function>`. */
export const functionElements: BodyReader = elementCalls({
  call: /<function=([^>\s]{1,128})\s*>/y,
  callEnd: /<\/function>/y,
  argument: /<parameter=([^>]{1,128})>/y,
  argumentEnd: /<\/parameter>/g,
});

/** The same behind a mark that is `<function=` itself and before one that is `</function>`. */
export const functionBody: BodyReader = (body, isEnd) =>
  functionElements(`<function=${body}${isEnd ? '' : '</function>'}`, isEnd);

/** `<invoke name="f"><parameter name="p">value</parameter></invoke>`, whatever the namespace is. */
export const invokeElements: BodyReader = elementCalls({
  call: /<[^<>/\s]{0,40}(?:invoke|function)\s+name=["']?([^"'<>]{1,128})["']?[^<>]{0,128}>/y,
  callEnd: /<\/[^<>\s]{0,40}(?:invoke|function)>/y,
  argument: /<[^<>/\s]{0,40}param(?:eter)?\s+name=["']?([^"'<>]{1,128})["']?[^<>]{0,128}>/y,
  argumentEnd: /<\/[^<>\s]{0,40}param(?:eter)?>/g,
});

/** `f\n<arg_key>k</arg_key>\n<arg_value>v</arg_value>`. */
export const argumentElements: BodyReader = elementCalls({
  call: /([^\s<{]{1,128})\s*(?:<tool_sep(?::\w{1,20})?>)?/y,
  argument:
    /<(?:\w{1,20}_)?arg_key(?::\w{1,20})?>([^<]{1,128})<\/(?:\w{1,20}_)?arg_key(?::\w{1,20})?>\s*<(?:\w{1,20}_)?arg_value(?::\w{1,20})?>/y,
  argumentEnd: /<\/(?:\w{1,20}_)?arg_value(?::\w{1,20})?>/g,
});
