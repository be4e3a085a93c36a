/** What an engine answers with: a file on this machine, or a model of a server. */

/** A GGUF on this machine. */
export interface FileSource {
  readonly kind: 'file';
  /** Absolute path of the GGUF; of the first shard if the model is split. */
  readonly path: string;
}

/** A model of a server that speaks OpenAI's API. */
export interface EndpointSource {
  readonly kind: 'endpoint';
  /** Base URL, such as `http://localhost:8000/v1`. */
  readonly url: string;
  /** The server's name of the model. */
  readonly model: string;
}

export type ModelSource = FileSource | EndpointSource;
