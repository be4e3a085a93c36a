/** The recorded artifacts in test/fixtures/artifacts, with what is expected of each. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFamily, ModelFormat } from '../../src/artifact/index.ts';
import { type ImageIndex, type ImageManifest, parseManifest } from '../../src/oci/spec/manifest.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/artifacts', import.meta.url));

/** One recorded artifact. */
export interface ArtifactFixture {
  readonly family: ModelFamily;
  readonly name: string;
  readonly format: ModelFormat;
  /**
   * Its files after unpacking, weights first, as `role path` with the input file that it must be equal to where
   * that has another name.
   */
  readonly files: readonly (readonly [role: string, path: string, input?: string])[];
}

const toy = (path = 'toy.gguf') => ['weights', path, 'toy.gguf'] as const;
const SHARDS = [1, 2, 3].map((part) => ['weights', `toy-0000${part}-of-00003.gguf`] as const);
const LICENSE = ['license', 'LICENSE'] as const;
const README = ['other', 'README.md'] as const;
const SAFETENSORS = [1, 2].map((part) => `model-0000${part}-of-00002.safetensors`);

/** The files of the safetensors folder that are no weights; each as in the inputs' folder. */
const HUGGING_FACE_FILES = [
  ['config', 'config.json'],
  ['config', 'generation_config.json'],
  ['config', 'model.safetensors.index.json'],
  ['tokenizer', 'special_tokens_map.json'],
  ['tokenizer', 'tokenizer.json'],
  ['tokenizer', 'tokenizer_config.json'],
] as const;

function safetensors(prefix: string): ArtifactFixture['files'] {
  return [
    ...SAFETENSORS.map((name) => ['weights', `${prefix}${name}`, `safetensors/${name}`] as const),
    ...HUGGING_FACE_FILES.map(([role, name]) => [role, `${prefix}${name}`, `safetensors/${name}`] as const),
  ];
}

export const ARTIFACT_FIXTURES: readonly ArtifactFixture[] = [
  {
    family: 'docker',
    name: 'v0.1-gguf',
    format: 'gguf',
    files: [
      toy(),
      LICENSE,
      ['projector', 'mmproj-toy.gguf'],
      ['template', 'chat_template.jinja'],
      ['other', 'extra/notes.txt'],
    ],
  },
  { family: 'docker', name: 'v0.1-shards', format: 'gguf', files: SHARDS },
  {
    family: 'docker',
    name: 'v0.1-safetensors',
    format: 'safetensors',
    files: [...safetensors(''), ['other', 'README.md', 'safetensors/README.md']],
  },
  {
    family: 'docker',
    name: 'v0.2-safetensors',
    format: 'safetensors',
    files: [
      ...safetensors(''),
      ['license', 'LICENSE', 'safetensors/LICENSE'],
      ['other', 'README.md', 'safetensors/README.md'],
    ],
  },
  {
    family: 'modelpack',
    name: 'raw',
    format: 'gguf',
    files: [toy(), ['tokenizer', 'tokenizer.model'], LICENSE, README],
  },
  {
    family: 'modelpack',
    name: 'tar',
    format: 'gguf',
    files: [toy(), ['tokenizer', 'tokenizer.model'], LICENSE, README],
  },
  { family: 'modelpack', name: 'cnai-shards-tar', format: 'gguf', files: [...SHARDS, LICENSE, README] },
  { family: 'modelpack', name: 'docker-cncf', format: 'gguf', files: [toy(), LICENSE] },
  {
    family: 'modelpack',
    name: 'safetensors',
    format: 'safetensors',
    files: [...safetensors('safetensors/'), LICENSE, README],
  },
  { family: 'modelkit', name: 'tar', format: 'gguf', files: [toy(), README] },
  { family: 'modelkit', name: 'gzip-shards', format: 'gguf', files: [...SHARDS, README] },
  {
    family: 'ollama',
    name: 'modelfile',
    format: 'gguf',
    files: [
      toy('model.gguf'),
      ['template', 'template.gotmpl', ''],
      ['config', 'system.txt', ''],
      LICENSE,
      ['license', 'LICENSE-2', ''],
      ['config', 'params.json', ''],
      ['config', 'messages.json', ''],
    ],
  },
  {
    family: 'ollama',
    name: 'projector',
    format: 'gguf',
    files: [toy('model.gguf'), ['projector', 'mmproj.gguf', 'mmproj-toy.gguf'], LICENSE],
  },
  {
    family: 'huggingface',
    name: 'quantisation',
    format: 'gguf',
    files: [toy('model.gguf'), ['template', 'template.gotmpl', ''], ['config', 'params.json', '']],
  },
  {
    family: 'huggingface',
    name: 'projector',
    format: 'gguf',
    files: [
      toy('model.gguf'),
      ['projector', 'mmproj.gguf', 'mmproj-toy.gguf'],
      ['template', 'template.gotmpl', ''],
    ],
  },
  { family: 'generic', name: 'file', format: 'gguf', files: [toy(), LICENSE] },
  { family: 'generic', name: 'shards', format: 'gguf', files: SHARDS },
  {
    family: 'generic',
    name: 'folder',
    format: 'gguf',
    files: [toy('folder/toy.gguf'), ['license', 'folder/LICENSE', 'LICENSE']],
  },
  {
    family: 'container-image',
    name: 'ramalama-raw',
    format: 'gguf',
    files: [toy('models/toy/toy.gguf')],
  },
  { family: 'container-image', name: 'scratch-zstd', format: 'gguf', files: [toy()] },
  { family: 'container-image', name: 'docker-schema2', format: 'gguf', files: [toy()] },
  { family: 'container-image', name: 'index', format: 'gguf', files: [toy()] },
];

/** The layout of a fixture. */
export function fixtureFolder({ family, name }: ArtifactFixture): string {
  return join(FIXTURES, family, name);
}

async function blob(fixture: ArtifactFixture, digest: string): Promise<Buffer> {
  return readFile(join(fixtureFolder(fixture), 'blobs', ...digest.split(':')));
}

async function readManifest(
  fixture: ArtifactFixture,
  { digest, mediaType }: { readonly digest: string; readonly mediaType: string },
): Promise<ImageManifest | ImageIndex> {
  return parseManifest(await blob(fixture, digest), mediaType);
}

/** The manifest and the config of a fixture; of an index, those of its first entry. */
export async function readFixture(
  fixture: ArtifactFixture,
): Promise<{ readonly manifest: ImageManifest; readonly config: Buffer | undefined }> {
  const index = JSON.parse(await readFile(join(fixtureFolder(fixture), 'index.json'), 'utf8')) as {
    manifests: { digest: string; mediaType: string }[];
  };
  const [entry] = index.manifests;
  if (entry === undefined) throw new Error(`${fixture.name} has an entry`);
  let manifest = await readManifest(fixture, entry);
  const [first] = manifest.kind === 'index' ? manifest.manifests : [];
  if (first !== undefined) manifest = await readManifest(fixture, first);
  if (manifest.kind === 'index') throw new Error(`${fixture.name} is an index of nothing`);
  return {
    manifest,
    config: manifest.config === undefined ? undefined : await blob(fixture, manifest.config.digest),
  };
}
