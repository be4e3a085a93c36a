/**
 * ModelKits of KitOps (kitops-ml/kitops, pkg/lib/constants/mediaType.go and pkg/artifact/kitfile.go). The config
 * is the Kitfile as JSON; each layer is a tar of one entry of it, with paths below the kit's root.
 */
import { z } from 'zod';
import type { ImageManifest } from '../oci/manifest.ts';
import type { FileRole, ModelArtifact } from './artifact.ts';
import { assemble } from './assemble.ts';
import { baseMetadata, configJson, optionalText, withDetails } from './config.ts';
import { compressionOf, type Layer } from './layer.ts';
import { roleOfName } from './names.ts';
import type { ArtifactReader } from './reader.ts';
import { unsupported } from './unsupported.ts';

const CONFIG_TYPE = 'application/vnd.kitops.modelkit.config.v1+json';
const ARTIFACT_TYPE = /^application\/vnd\.kitops\.modelkit\./;
const LAYER_TYPE = /^application\/vnd\.kitops\.modelkit\.(model|modelpart|dataset|code|docs|prompt)\.v1\./;

const kitfileSchema = z
  .object({
    package: z.object({ name: optionalText, license: optionalText }).partial().catch({}),
    model: z
      .object({ name: optionalText, path: optionalText, license: optionalText, format: optionalText })
      .partial()
      .catch({}),
  })
  .partial()
  .catch({});

function recognises({ artifactType, config, layers }: ImageManifest): boolean {
  return (
    config?.mediaType === CONFIG_TYPE ||
    (artifactType !== undefined && ARTIFACT_TYPE.test(artifactType)) ||
    layers.some(({ mediaType }) => LAYER_TYPE.test(mediaType))
  );
}

/** Data sets, code and documents come along, but are no model whatever they are called. */
function layersOf({ layers }: ImageManifest): Layer[] {
  return layers.map((descriptor, index) => {
    const [, part] = LAYER_TYPE.exec(descriptor.mediaType) ?? [];
    const role: FileRole = part === 'model' || part === 'modelpart' ? 'weights' : 'other';
    const compression = compressionOf(descriptor.mediaType);
    return { index, descriptor, role, name: undefined, archive: { compression } };
  });
}

function read(manifest: ImageManifest, configBytes: Uint8Array | undefined): ModelArtifact {
  const { package: kit = {}, model = {} } = kitfileSchema.parse(configJson(configBytes));
  const layers = layersOf(manifest);
  if (!layers.some(({ role }) => role === 'weights')) {
    const where = model.path === undefined ? '' : ` (its Kitfile names ${JSON.stringify(model.path)})`;
    throw unsupported(
      `is a ModelKit without a model in it${where}`,
      'Choose the ModelKit that has the model, which may be the one that it names',
    );
  }
  const named = roleOfName(model.path ?? '').format ?? model.format?.toLowerCase();
  return assemble({
    family: 'modelkit',
    manifest,
    layers,
    metadata: withDetails(baseMetadata(manifest), {
      name: model.name ?? kit.name,
      license: model.license ?? kit.license,
    }),
    format: named === 'gguf' || named === 'safetensors' ? named : undefined,
  });
}

export const modelkitReader: ArtifactReader = { recognises, read };
