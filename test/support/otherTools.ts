/** Stores of other tools in temporary folders, written exactly as these tools write them. */
import { link, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Descriptor, digestOf, parseDigest } from '../../src/oci/index.ts';
import { type BuiltModel, buildDockerModel } from './dockerModel.ts';
import { writeLayout } from './ociLayout.ts';

async function put(path: string, bytes: Uint8Array | string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

function hexOf(digest: string): string {
  return parseDigest(digest).hex;
}

/** A descriptor of `bytes`, with the key order of Go. */
function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** What a test may want to break. */
export interface WrittenModel {
  readonly manifestPath: string;
  readonly configPath: string;
  /** Of the GGUF. */
  readonly weightsPath: string;
  readonly manifest: Buffer;
}

/**
 * A model in Ollama's store, as `ollama pull` leaves it.
 * @param folder `~/.ollama/models`.
 * @param name `registry.ollama.ai/library/qwen2.5-coder/1.5b`.
 */
export async function writeOllamaModel(folder: string, name: string, gguf: string): Promise<WrittenModel> {
  const weights = await readFile(gguf);
  const blob = (bytes: Uint8Array): Promise<string> =>
    put(join(folder, 'blobs', `sha256-${hexOf(digestOf(bytes))}`), bytes);
  const template = Buffer.from('{{ .System }}\n{{ .Prompt }}');
  const license = Buffer.from('Apache License 2.0');
  const params = Buffer.from('{"stop":["<|im_end|>"]}');
  const layers = [
    describe('application/vnd.ollama.image.model', weights),
    describe('application/vnd.ollama.image.template', template),
    describe('application/vnd.ollama.image.license', license),
    describe('application/vnd.ollama.image.params', params),
  ];
  const config = Buffer.from(
    JSON.stringify({
      model_format: 'gguf',
      model_family: 'llama',
      model_families: ['llama'],
      model_type: '50K',
      file_type: 'F16',
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: describe('application/vnd.docker.container.image.v1+json', config),
      layers,
    }),
  );
  await Promise.all([blob(template), blob(license), blob(params)]);
  return {
    manifest,
    weightsPath: await blob(weights),
    configPath: await blob(config),
    manifestPath: await put(join(folder, 'manifests', ...name.split('/')), manifest),
  };
}

/**
 * A model in Docker Model Runner's store, as `docker model pull` leaves it.
 * @param folder `~/.docker/models`.
 */
export async function writeDockerRunnerModel(
  folder: string,
  tags: readonly string[],
  ggufs: readonly string[],
): Promise<WrittenModel> {
  const built = await buildDockerModel(ggufs);
  const place = (kind: string, digest: string): string => join(folder, kind, 'sha256', hexOf(digest));
  const id = built.manifestDescriptor.digest;
  for (const { descriptor, path } of built.layers)
    await put(place('blobs', descriptor.digest), await readFile(path));
  const configPath = await put(place('blobs', built.configDescriptor.digest), built.config);
  const manifestPath = await put(place('manifests', id), built.manifest);
  const files = [...built.layers.map(({ descriptor }) => descriptor.digest), built.configDescriptor.digest];
  const index = join(folder, 'models.json');
  const before = await readFile(index, 'utf8').then(
    (text) => (JSON.parse(text) as { models: unknown[] }).models,
    () => [],
  );
  await put(index, JSON.stringify({ models: [...before, { id, tags, files }] }, undefined, 2));
  await put(join(folder, 'layout.json'), '{"version":"1.0.0"}');
  const [first] = built.layers;
  const weightsPath = place('blobs', first?.descriptor.digest ?? '');
  // The bundle has the same file under a name for llama.cpp.
  const bundle = join(folder, 'bundles', 'sha256', hexOf(id), 'model', 'model.gguf');
  await mkdir(dirname(bundle), { recursive: true });
  await link(weightsPath, bundle);
  return { manifest: built.manifest, manifestPath, configPath, weightsPath };
}

/**
 * An OCI image layout with one model.
 * @param name the `ref.name`, which is only a tag where skopeo wrote it.
 * @param model an artifact, or the GGUFs of one of Docker's.
 */
export async function writeLayoutModel(
  folder: string,
  name: string,
  model: readonly string[] | BuiltModel,
): Promise<WrittenModel> {
  const built = 'manifest' in model ? model : await buildDockerModel(model);
  await writeLayout(folder, built, name);
  return layoutPaths(folder, built);
}

/** A model in a newer llmman's store: one file for each name, in the place of index.json. */
export async function writeLlmmanModel(
  folder: string,
  name: string,
  ggufs: readonly string[],
): Promise<WrittenModel> {
  const built = await buildDockerModel(ggufs);
  await writeLayout(folder, built, name);
  await rm(join(folder, 'index.json'));
  const pointer = {
    ...built.manifestDescriptor,
    annotations: { 'org.opencontainers.image.ref.name': name },
  };
  await put(
    join(folder, 'manifests', ...name.replace(/:([^:/]+)$/, '/$1').split('/')),
    JSON.stringify(pointer, undefined, 2),
  );
  return layoutPaths(folder, built);
}

function layoutPaths(folder: string, built: BuiltModel): WrittenModel {
  const place = (digest: string): string => join(folder, 'blobs', 'sha256', hexOf(digest));
  return {
    manifest: built.manifest,
    manifestPath: place(built.manifestDescriptor.digest),
    configPath: place(built.configDescriptor.digest),
    weightsPath: place(built.layers[0]?.descriptor.digest ?? ''),
  };
}

/**
 * A file in Hugging Face's cache.
 * @param hub `~/.cache/huggingface/hub`.
 * @param options.links false as on a Windows without links.
 */
export async function writeHuggingFaceFile(
  hub: string,
  repository: string,
  file: string,
  bytes: Uint8Array,
  options: { readonly commit?: string; readonly links?: boolean } = {},
): Promise<{ readonly path: string; readonly blob: string }> {
  const commit = options.commit ?? 'c0ffee'.padEnd(40, '0');
  const folder = join(hub, `models--${repository.replaceAll('/', '--')}`);
  const path = join(folder, 'snapshots', commit, ...file.split('/'));
  await put(join(folder, 'refs', 'main'), commit);
  await mkdir(dirname(path), { recursive: true });
  if (options.links === false) return { path: await put(path, bytes), blob: path };
  const hex = hexOf(digestOf(bytes));
  const blob = await put(join(folder, 'blobs', hex), bytes);
  const up = '../'.repeat(file.split('/').length + 1);
  await symlink(`${up}blobs/${hex}`, path);
  return { path, blob };
}

/** A file in llama.cpp's cache, with what lies beside it. @param cache `~/.cache/llama.cpp`. */
export async function writeLlamaCppFile(
  cache: string,
  repository: string,
  file: string,
  bytes: Uint8Array,
  options: { readonly manifest?: boolean } = {},
): Promise<string> {
  const path = join(cache, `${repository}_${file}`.replaceAll('/', '_'));
  await put(path, bytes);
  await put(`${path}.etag`, '"5f3a"');
  await put(
    `${path}.json`,
    JSON.stringify({ etag: '"5f3a"', lastModified: '', url: 'https://huggingface.co/' }),
  );
  if (options.manifest !== false) {
    const manifest = { ggufFile: { rfilename: file, size: bytes.length } };
    await put(
      join(cache, `manifest=${repository.replaceAll('/', '=')}=latest.json`),
      JSON.stringify(manifest),
    );
  }
  return path;
}

/** A file in LM Studio's folder. @param models `~/.lmstudio/models`. @param file `publisher/repository/name.gguf`. */
export async function writeLmStudioFile(models: string, file: string, bytes: Uint8Array): Promise<string> {
  return put(join(models, ...file.split('/')), bytes);
}

/** What shows whether anybody wrote to a file: all that `stat` says but for the count of its names. */
export async function fingerprint(path: string): Promise<string> {
  const { dev, ino, mode, uid, gid, size, mtimeNs } = await stat(path, { bigint: true });
  return [dev, ino, mode, uid, gid, size, mtimeNs].join(' ');
}
