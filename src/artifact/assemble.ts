/** From layers to a {@link ModelArtifact}: every file with a name of its own, and which of them to run. */
import type { Descriptor } from '../oci/descriptor.ts';
import { parseDigest } from '../oci/digest.ts';
import type { FileRole, ModelArtifact, ModelFile } from './artifact.ts';
import { nameKey } from './fileName.ts';
import { type Layer, readLayer } from './layer.ts';
import { nameWeights } from './shards.ts';
import { explainUnsupported, unsupported } from './unsupported.ts';

/** What a config says of its model. */
export interface ModelDetails {
  readonly quantization: string | undefined;
  readonly parameters: string | undefined;
  readonly architecture: string | undefined;
  /** Tokens. */
  readonly contextTokens: number | undefined;
}

/** Names of files to which the publisher gave none. */
const DEFAULT_NAMES: Readonly<Record<FileRole, string>> = {
  weights: 'model.gguf',
  projector: 'mmproj.gguf',
  adapter: 'adapter.gguf',
  template: 'template.jinja',
  license: 'LICENSE',
  other: 'layer',
};

/** `LICENSE`, `LICENSE-2`, …; an `other` file gets a piece of its digest. */
function defaultName(role: FileRole, descriptor: Descriptor, taken: ReadonlyMap<string, string>): string {
  const base = DEFAULT_NAMES[role];
  if (role === 'other') return `${base}-${parseDigest(descriptor.digest).hex.slice(0, 12)}`;
  const dot = base.includes('.') ? base.lastIndexOf('.') : base.length;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base.slice(0, dot)}-${number}${base.slice(dot)}`;
    if (!taken.has(nameKey(name))) return name;
  }
}

/** Layers without the repetitions: some packagers list one file twice. */
function withoutRepetitions(layers: readonly Layer[]): Layer[] {
  const seen = new Set<string>();
  return layers.filter((layer) => {
    const key = `${layer.descriptor.digest} ${layer.name ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function roleOf(layer: Layer): FileRole {
  return layer.kind === 'archive' || layer.kind === 'other-weights' ? 'other' : layer.kind;
}

/** Collects files and refuses two under one name. */
class FileList {
  readonly files: ModelFile[] = [];
  readonly #taken = new Map<string, string>();

  add(role: FileRole, descriptor: Descriptor, given: string | undefined): ModelFile {
    const name = given ?? defaultName(role, descriptor, this.#taken);
    if (this.#taken.has(nameKey(name))) {
      const shown = JSON.stringify(name.slice(0, 100));
      throw unsupported(`has two different files named ${shown}`, 'Ask its publisher to rename one of them');
    }
    this.#taken.set(nameKey(name), name);
    const file = { role, name, descriptor };
    this.files.push(file);
    return file;
  }
}

/** What a family of artifacts hands over. */
export interface Assembly {
  readonly family: ModelArtifact['family'];
  readonly layers: readonly Layer[];
  readonly details: ModelDetails;
  /** See {@link nameWeights}. */
  readonly inManifestOrder: boolean;
  readonly artifactType: string | undefined;
}

/**
 * The artifact that the layers are.
 * @throws ModelError `unsupported-artifact` where no layer is a GGUF, or names do not work out.
 */
export function assemble(assembly: Assembly): ModelArtifact {
  const layers = withoutRepetitions(assembly.layers);
  const weightLayers = layers.filter((layer) => layer.kind === 'weights');
  if (weightLayers.length === 0) {
    // Weights of another format explain more than the licence beside them.
    const telling = [...layers].sort(
      (a, b) => Number(b.kind === 'other-weights') - Number(a.kind === 'other-weights'),
    );
    const types = telling.map(({ kind, descriptor, name }) =>
      kind === 'other-weights' && name?.endsWith('.safetensors') ? 'safetensors' : descriptor.mediaType,
    );
    throw explainUnsupported(types, assembly.artifactType);
  }
  const list = new FileList();
  const weights = nameWeights(weightLayers, assembly.inManifestOrder).map(({ layer, name }) =>
    list.add('weights', layer.descriptor, name),
  );
  for (const layer of layers) {
    if (layer.kind !== 'weights') list.add(roleOf(layer), layer.descriptor, layer.name);
  }
  return {
    family: assembly.family,
    format: 'gguf',
    files: list.files,
    weights,
    totalBytes: list.files.reduce((sum, file) => sum + file.descriptor.size, 0),
    ...assembly.details,
  };
}

/** All layers, looked at. @param configFormat `format` of the config, where there is one. */
export function readLayers(descriptors: readonly Descriptor[], configFormat: string | undefined): Layer[] {
  return descriptors.map((descriptor) => readLayer(descriptor, configFormat));
}
