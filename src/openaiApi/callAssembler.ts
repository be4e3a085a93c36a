/**
 * Calls of tools out of the pieces in which servers send them. OpenAI's form has an id and a name in the first piece of a
 * call, its index in all of them, and arguments as pieces of a text; every server leaves something of that out.
 */
import type { RawToolCall, ToolCallDelta } from './chunk.ts';

/** Calls of one answer, at most. */
const MAX_CALLS = 64;

interface OpenCall {
  readonly index: number | undefined;
  id: string | undefined;
  name: string;
  arguments: string;
  readonly extent: ObjectExtent;
}

/** Puts the calls of one answer together. */
export class CallAssembler {
  readonly #calls: OpenCall[] = [];

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Takes a piece. Pieces beyond the number of calls that an answer may have are ignored. */
  push(delta: ToolCallDelta): void {
    const call = this.#callOf(delta);
    if (call === undefined) return;
    call.id ??= delta.id;
    if (call.name === '') call.name = delta.name ?? '';
    call.arguments += delta.arguments ?? '';
    call.extent.push(delta.arguments ?? '');
  }

  /** Returns the calls in the order in which they began. */
  end(): RawToolCall[] {
    return this.#calls.map(({ id, name, arguments: text }) => ({ id, name, arguments: text }));
  }

  #callOf(delta: ToolCallDelta): OpenCall | undefined {
    const found = this.#find(delta);
    if (found !== undefined || this.#calls.length >= MAX_CALLS) return found;
    const call: OpenCall = {
      index: delta.index,
      id: delta.id,
      name: '',
      arguments: '',
      extent: new ObjectExtent(),
    };
    this.#calls.push(call);
    return call;
  }

  #find({ index, id, name }: ToolCallDelta): OpenCall | undefined {
    if (id !== undefined) {
      const same = this.#calls.find((call) => call.id === id);
      if (same !== undefined) return same;
    }
    const last = this.#calls.findLast((call) => index === undefined || call.index === index);
    if (last === undefined) return undefined;
    // vLLM gives parallel calls the index 0, and Ollama did: another id is another call.
    if (id !== undefined && last.id !== undefined) return undefined;
    // Without ids only a name after whole arguments tells that the next call begins.
    const isNext = name !== undefined && last.name !== '' && last.extent.isWhole;
    return isNext ? undefined : last;
  }
}

/** Finds the end of a JSON object while its text arrives, looking at each character once. */
class ObjectExtent {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** True once the outermost brace was closed. */
  isWhole = false;

  push(text: string): void {
    for (const character of text) this.#take(character);
  }

  #take(character: string): void {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (character === '\\') this.#isEscaped = true;
      else if (character === '"') this.#inString = false;
    } else if (character === '"') this.#inString = true;
    else if (character === '{' || character === '[') this.#depth++;
    else if (character === '}' || character === ']') this.isWhole = --this.#depth === 0;
  }
}
