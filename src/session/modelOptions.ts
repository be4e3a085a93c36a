/**
 * The options that the user set for single models. They belong to a reference, not to its content, so that they stay
 * when the model is updated, and they apply to all windows.
 */
import * as z from 'zod';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { samplingSchema } from '../base/sampling.ts';
import { CACHE_TYPES } from '../inference/index.ts';
import { recordName, SharedRecords } from './sharedRecords.ts';

/** Bounds of the options: tokens, threads, layers and characters. */
export const OPTION_BOUNDS = {
  contextTokens: 1_048_576,
  threads: 512,
  gpuLayers: 1000,
  systemPrompt: 100_000,
} as const;

const optionsSchema = z.object({
  /** Context size in tokens. */
  contextTokens: z.int().min(1).max(OPTION_BOUNDS.contextTokens).exactOptional(),
  threads: z.int().min(1).max(OPTION_BOUNDS.threads).exactOptional(),
  /** Layers in the GPU's memory; 0 for none. */
  gpuLayers: z.int().min(0).max(OPTION_BOUNDS.gpuLayers).exactOptional(),
  /** Replaces the publisher's; an empty text stands for none. */
  systemPrompt: z.string().max(OPTION_BOUNDS.systemPrompt).exactOptional(),
  sampling: samplingSchema.exactOptional(),
  cacheType: z.enum(CACHE_TYPES).exactOptional(),
  /** The model stays in memory when it is idle. */
  keepLoaded: z.literal(true).exactOptional(),
});

/** Options of one model. What is not set is left to the publisher, the settings and the engine. */
export type ModelOptions = Readonly<z.infer<typeof optionsSchema>>;

const recordSchema = z.object({ model: z.string().min(1).max(1024), options: optionsSchema });

/** The options of all models of this machine. */
export class OptionsOfModels {
  readonly #records: SharedRecords<z.infer<typeof recordSchema>>;

  /** @param folder created if it is missing. */
  constructor(folder: string, log: Log) {
    const cannotSave = (at: string, code: string) =>
      t(
        'The options of a model cannot be saved in {0} ({1}). Free some space there, or make the folder writable.',
        at,
        code,
      );
    this.#records = new SharedRecords({ folder, schema: recordSchema, cannotSave, log });
  }

  /** Returns the options by the ids of models. */
  async read(): Promise<ReadonlyMap<string, ModelOptions>> {
    const records = [...(await this.#records.read()).values()];
    return new Map(records.map(({ model, options }) => [model, options]));
  }

  /** Replaces the options of a model. @throws ModelError `store-error` if they cannot be written. */
  async write(model: string, options: ModelOptions): Promise<void> {
    const isEmpty = Object.keys(options).length === 0;
    await this.#records.write(
      recordName(model),
      isEmpty ? undefined : recordSchema.parse({ model, options }),
    );
  }

  /** Calls `listener` when this window or another one changed options. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#records.onDidChange(listener);
  }

  dispose(): void {
    this.#records.dispose();
  }
}
