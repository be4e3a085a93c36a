/** A program that serves models: how it is recognized, what it tells about them, and how it wants to be asked. */
import type { Sampling } from '../../base/sampling.ts';
import type { ListedEntry, ServedModel } from '../servedModel.ts';

/**
 * Asks a server for JSON. Returns undefined if it does not answer, or not with success.
 * @param path below the root of the server, such as `/props`.
 * @param body of a POST. Defaults to a GET.
 */
export type Ask = (path: string, body?: object) => Promise<unknown>;

/** The way in which a server fills in the text between two others. */
export type InfillForm =
  /** llama-server's `/infill`, which writes the marks of the model by itself. */
  | 'infill'
  /** `/v1/completions` with `suffix`, which the server puts into the model's own form. */
  | 'suffix'
  /** `/v1/completions` with a prompt that has the marks. */
  | 'raw';

/** The form in which a server takes the JSON schema of an answer. */
export type SchemaForm =
  /** OpenAI's own. */
  | 'json_schema'
  /** The schema beside the word for any JSON. */
  | 'json_object';

/** The words that a server has beyond those of OpenAI. */
export interface Dialect {
  /** Names of parameters of sampling. One that has no name is not sent. */
  readonly sampling: Partial<Readonly<Record<keyof Sampling, string>>>;
  /** True if an answer that came to its end always has a reason. Without one it was cut off. */
  readonly givesReasons?: boolean | undefined;
  /** True if only a tool that is named must be called, and the word for any is ignored. */
  readonly namesRequiredTool?: boolean | undefined;
  /** How an answer is held to a JSON schema. Undefined if the server is not known to do so. */
  readonly schema?: SchemaForm | undefined;
  /** The field of thoughts in earlier answers. Defaults to `reasoning_content`. */
  readonly thoughtField?: string | undefined;
  /** Fields that turn thoughts off. */
  readonly withoutThoughts?: Readonly<Record<string, unknown>> | undefined;
  /** Fields that make the answer go on with the last message, if that is the model's. */
  readonly continuation?: Readonly<Record<string, unknown>> | undefined;
  /** Fields that make the answer go on behind the thought of the last message, for models that can do so. */
  readonly closedThought?: Readonly<Record<string, unknown>> | undefined;
  /** Further fields of each chat. */
  readonly chat?: Readonly<Record<string, unknown>> | undefined;
  readonly infill: InfillForm;
  /** Tells if completions come with the probabilities of their tokens. */
  readonly hasProbabilities: boolean;
}

/** The parameters of OpenAI's own API, which every server takes. */
export const COMMON_SAMPLING = {
  temperature: 'temperature',
  topP: 'top_p',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  seed: 'seed',
} as const;

/** A request that counts tokens, and how its answer is read. */
export interface Counting {
  readonly path: string;
  body(model: string, text: string): object;
  /** Returns undefined if the answer has no count. */
  read(json: unknown): number | undefined;
}

/** One program. */
export interface Server {
  /** Its name for people. */
  readonly name: string;
  /** Recognizes it by its list of models, or by a path that only it has. */
  recognize(entries: readonly ListedEntry[], ask: Ask): Promise<boolean> | boolean;
  /** Reads an entry of the list. */
  readEntry(entry: ListedEntry): ServedModel;
  /** Adds facts about all models that the list does not have. */
  describeAll?(models: readonly ServedModel[], ask: Ask): Promise<readonly ServedModel[]>;
  /** Adds facts about a model that is about to be used. */
  describe?(model: ServedModel, ask: Ask): Promise<ServedModel>;
  readonly dialect: Dialect;
  readonly counting?: Counting | undefined;
}
