/** Grammars that hold an answer to a JSON schema. Building one takes milliseconds, and it costs a tenth of the speed. */
import type { Llama, LlamaGrammar, LlamaGrammarEvaluationState, LlamaModel } from 'node-llama-cpp';
import type { Library } from '../load/library.ts';

/** Schemas whose grammars are kept. */
const MAX_KEPT = 8;

/** The grammars of one model. */
export class Grammars {
  readonly #library: Library;
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  /** By the schema as text; least recently used first. */
  readonly #kept = new Map<string, LlamaGrammar>();

  constructor(library: Library, llama: Llama, model: LlamaModel) {
    this.#library = library;
    this.#llama = llama;
    this.#model = model;
  }

  /** Returns the state at the start of an answer. @throws Error for a schema that the library does not know. */
  async forSchema(schema: object): Promise<LlamaGrammarEvaluationState> {
    const key = JSON.stringify(schema);
    const grammar = this.#kept.get(key) ?? (await this.#create(schema));
    this.#kept.delete(key);
    this.#kept.set(key, grammar);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    return new this.#library.LlamaGrammarEvaluationState({ model: this.#model, grammar });
  }

  #create(schema: object): Promise<LlamaGrammar> {
    // Its type computes that of the result, for a schema that is known to the compiler.
    const create = this.#llama.createGrammarForJsonSchema as (schema: object) => Promise<LlamaGrammar>;
    return create.call(this.#llama, schema);
  }
}
