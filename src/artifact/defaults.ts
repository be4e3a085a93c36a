/**
 * Reads a publisher's recommendations for running a model. Docker's model-spec has a context size in its config; Ollama
 * has separate files (ollama/ollama, docs/modelfile.md: SYSTEM, PARAMETER and MESSAGE), which are read once pulled.
 */
import * as z from 'zod';
import { readSampling, readStops, SAMPLING_NAMES } from '../base/sampling.ts';
import type { ModelArtifact, ModelDefaults, ModelFile } from './artifact.ts';
import { configJson } from './config.ts';

/** Largest file of defaults that is read, in bytes. */
const MAX_BYTES = 256 * 1024;
const MAX_MESSAGES = 100;

/** File names that the reader of Ollama's manifests assigns. */
export const DEFAULTS_FILES = {
  system: 'system.txt',
  params: 'params.json',
  messages: 'messages.json',
} as const;

const count = z
  .int()
  .min(1)
  .max(2 ** 31)
  .optional()
  .catch(undefined);

/**
 * Ollama's options (api/types.go, Options), which Hugging Face's registry takes from the repository's file `params`.
 * Those for the runner, such as `num_gpu`, depend on the machine and are ignored.
 */
const paramsSchema = z.looseObject({ num_predict: count, num_ctx: count }).catch({});

const messageSchema = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const messagesSchema = z
  .array(z.unknown())
  .transform((list) =>
    list.slice(0, MAX_MESSAGES).flatMap((entry) => messageSchema.safeParse(entry).data ?? []),
  )
  .catch([]);

function paramsOf(bytes: Uint8Array | undefined): ModelDefaults {
  const params = paramsSchema.parse(configJson(bytes));
  const sampling = readSampling((parameter) => params[SAMPLING_NAMES[parameter]]);
  return withoutAbsent({
    sampling: Object.keys(sampling).length === 0 ? undefined : sampling,
    maxTokens: params.num_predict,
    contextTokens: params.num_ctx,
    stop: readStops(params['stop']),
  });
}

function withoutAbsent(
  values: { readonly [Key in keyof ModelDefaults]?: ModelDefaults[Key] | undefined },
): ModelDefaults {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes).trim();
  return text === '' ? undefined : text;
}

/** Returns the files that {@link readDefaults} reads. */
export function defaultsFiles({ family, files }: ModelArtifact): ModelFile[] {
  if (family !== 'ollama' && family !== 'huggingface') return [];
  const names: readonly string[] = Object.values(DEFAULTS_FILES);
  return files.filter(
    ({ role, path, size }) => role === 'config' && names.includes(path) && size <= MAX_BYTES,
  );
}

/**
 * Reads the publisher's recommendations. Returns undefined if there are none. Values of a wrong type are skipped.
 * @param read returns the content of one of {@link defaultsFiles}; its errors are passed on.
 */
export async function readDefaults(
  artifact: ModelArtifact,
  read: (file: ModelFile) => Promise<Uint8Array>,
): Promise<ModelDefaults | undefined> {
  const contents = new Map<string, Uint8Array>();
  for (const file of defaultsFiles(artifact)) contents.set(file.path, await read(file));
  const messages = messagesSchema.parse(configJson(contents.get(DEFAULTS_FILES.messages)));
  const defaults: ModelDefaults = {
    ...artifact.metadata.defaults,
    ...paramsOf(contents.get(DEFAULTS_FILES.params)),
    ...withoutAbsent({
      system: textOf(contents.get(DEFAULTS_FILES.system)),
      messages: messages.length === 0 ? undefined : messages,
    }),
  };
  return Object.keys(defaults).length === 0 ? undefined : defaults;
}
