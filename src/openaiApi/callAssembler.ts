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
  extent: ObjectExtent;
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
    // Some servers begin with an empty object where others have no arguments yet, and send the real ones behind it.
    if (isPlaceholder(call) && delta.arguments !== undefined && delta.arguments.trim() !== '') {
      call.arguments = '';
      call.extent = new ObjectExtent();
    }
    call.arguments += delta.arguments ?? '';
    call.extent.push(delta.arguments ?? '');
  }

  /** Returns the calls in the order in which they began. One that a server repeats as a whole is one call. */
  end(): RawToolCall[] {
    const calls = this.#calls.map(({ id, name, arguments: text }) => ({ id, name, arguments: text }));
    return calls.filter(
      (call, at) => call.id === undefined || calls.findIndex((one) => isRepeated(one, call)) === at,
    );
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

  #find(delta: ToolCallDelta): OpenCall | undefined {
    const { index, id } = delta;
    // Servers also give parallel calls one id, and different indices.
    const same = this.#calls.findLast(
      (call) => id !== undefined && call.id === id && (index ?? call.index) === (call.index ?? index),
    );
    const last = same ?? this.#calls.findLast((call) => index === undefined || call.index === index);
    if (last === undefined) return undefined;
    // vLLM gives parallel calls the index 0, and Ollama did: another id is another call.
    if (same === undefined && id !== undefined && last.id !== undefined) return undefined;
    return beginsNext(last, delta) ? undefined : last;
  }
}

/** Tells if a piece that may belong to a call begins the next one: by its name, behind a call that may be whole. */
function beginsNext(call: OpenCall, delta: ToolCallDelta): boolean {
  const { id, name } = delta;
  if (name === undefined || call.name === '') return false;
  // Some servers repeat the name in each piece.
  if (call.arguments.trim() === '') return name !== call.name;
  const isRepeated = isPlaceholder(call) && id !== undefined && id === call.id && name === call.name;
  return call.extent.isWhole && !isRepeated && !endsCall(call, delta);
}

/** llama-cpp-python ends a call with a piece that has everything but arguments. */
function endsCall(call: OpenCall, { id, name, index, arguments: text = '' }: ToolCallDelta): boolean {
  const isSame = id !== undefined && id === call.id && index !== undefined && index === call.index;
  return isSame && name === call.name && text === '';
}

function isPlaceholder({ arguments: text }: OpenCall): boolean {
  return text.trim() === '{}';
}

function isRepeated(one: RawToolCall, other: RawToolCall): boolean {
  return one.id === other.id && one.name === other.name && one.arguments === other.arguments;
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
