/** The model behind an engine: a file on this machine, or a model on a server. */

/** A GGUF on this machine. */
export interface FileSource {
  readonly kind: 'file';
  /** Absolute path of the GGUF, or of its first shard if the model is split. */
  readonly path: string;
}

/** A model on a server that speaks OpenAI's API. */
export interface EndpointSource {
  readonly kind: 'endpoint';
  /** Base URL, such as `http://localhost:8000/v1`. */
  readonly url: string;
  /** The server's name for the model. */
  readonly model: string;
}

export type ModelSource = FileSource | EndpointSource;
