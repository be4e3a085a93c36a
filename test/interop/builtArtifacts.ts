/**
 * Artifacts of families whose tool cannot be built from modules, as that tool writes them: Ollama's manifest and
 * config (ollama/ollama v0.13.5, server/create.go, server/manifest.go, types/model/config.go), and Hugging Face's
 * answer to the same request, which is its own registry's.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../src/oci/spec/digest.ts';
import { pushBlob } from '../support/pushModel.ts';

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG_TYPE = 'application/vnd.docker.container.image.v1+json';

/** A layer's kind, as in `application/vnd.ollama.image.<kind>`, and its content. */
type Layer = readonly [kind: string, content: Buffer];

/** One artifact. */
export interface BuiltArtifact {
  readonly family: 'ollama' | 'huggingface';
  readonly name: string;
  readonly about: string;
  readonly config: object;
  /** @param input with the files of `writeInputs`. */
  layers(input: string): Promise<readonly Layer[]>;
  /** Fields of the manifest beside the usual ones. */
  readonly extra?: (layers: readonly Layer[]) => object;
}

const TEMPLATE = '{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}{{ .Prompt }}';
const LICENSE = Buffer.from('CC0 1.0 Universal\n');

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

const OLLAMA_CONFIG = {
  model_format: 'gguf',
  model_family: 'llama',
  model_families: ['llama'],
  model_type: '56.38K',
  file_type: 'F16',
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [] },
};

export const BUILT: readonly BuiltArtifact[] = [
  {
    family: 'ollama',
    name: 'modelfile',
    about: 'a model with a Go template, a system prompt, parameters, messages and two licences',
    config: OLLAMA_CONFIG,
    layers: async (input) => [
      ['model', await readFile(join(input, 'toy.gguf'))],
      ['template', Buffer.from(TEMPLATE)],
      ['system', Buffer.from('You are a toy.')],
      ['license', LICENSE],
      ['license', Buffer.from('A second licence.\n')],
      ['params', json({ num_ctx: 4096, stop: ['<|im_start|>', '<|im_end|>'], temperature: 0.2 })],
      [
        'messages',
        json([
          { role: 'user', content: 'Who are you?' },
          { role: 'assistant', content: 'A toy.' },
        ]),
      ],
    ],
  },
  {
    family: 'ollama',
    name: 'projector',
    about: 'a model for images: a projector beside it',
    config: { ...OLLAMA_CONFIG, model_families: ['llama', 'clip'] },
    layers: async (input) => [
      ['model', await readFile(join(input, 'toy.gguf'))],
      ['projector', await readFile(join(input, 'mmproj-toy.gguf'))],
      ['license', LICENSE],
    ],
  },
  {
    family: 'huggingface',
    name: 'quantisation',
    about: "a repository's file of one quantisation, with the fields that some User-Agents get",
    config: { ...OLLAMA_CONFIG, model_type: '56.4K' },
    layers: async (input) => [
      ['model', await readFile(join(input, 'toy.gguf'))],
      ['template', Buffer.from(TEMPLATE)],
      ['params', json({ stop: ['<|im_start|>', '<|im_end|>'] })],
    ],
    extra: ([first]) => ({
      ggufFile: { rfilename: 'toy-F16.gguf', blobId: '0'.repeat(40), size: first?.[1].length },
    }),
  },
  {
    family: 'huggingface',
    name: 'projector',
    about: 'a model for images',
    config: OLLAMA_CONFIG,
    layers: async (input) => [
      ['model', await readFile(join(input, 'toy.gguf'))],
      ['projector', await readFile(join(input, 'mmproj-toy.gguf'))],
      ['template', Buffer.from(TEMPLATE)],
    ],
  },
];

/** Pushes an artifact. @param name `127.0.0.1:PORT/repository` */
export async function pushBuilt(artifact: BuiltArtifact, input: string, name: string): Promise<void> {
  const [host, ...path] = name.split('/');
  const base = `http://${host}/v2/${path.join('/')}`;
  const describe = async (mediaType: string, bytes: Buffer): Promise<object> => {
    const digest = digestOf(bytes);
    await pushBlob(base, digest, { bytes });
    return { mediaType, digest, size: bytes.length };
  };
  const contents = await artifact.layers(input);
  const layers: object[] = [];
  for (const [kind, bytes] of contents) {
    layers.push(await describe(`application/vnd.ollama.image.${kind}`, bytes));
  }
  const config = await describe(CONFIG_TYPE, json(artifact.config));
  const extra = artifact.extra?.(contents) ?? {};
  const manifest = json({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers, ...extra });
  const response = await fetch(`${base}/manifests/1`, {
    method: 'PUT',
    headers: { 'content-type': MANIFEST_TYPE },
    body: new Uint8Array(manifest),
  });
  if (response.status !== 201) throw new Error(`${name}: ${response.status} ${await response.text()}`);
}
