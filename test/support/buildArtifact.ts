/** Builds an artifact of any kind from files on disk. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Descriptor, MediaType } from '../../src/oci/spec/descriptor.ts';
import { digestOf } from '../../src/oci/spec/digest.ts';
import type { BuiltModel } from './dockerModel.ts';

/** One layer. */
export interface LayerSource {
  readonly path: string;
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ArtifactSource {
  readonly layers: readonly LayerSource[];
  readonly artifactType?: string;
  readonly configType: string;
  /** `{}` where absent. */
  readonly config?: unknown;
}

async function descriptorOf({ path, mediaType, annotations }: LayerSource): Promise<Descriptor> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const digest = `sha256:${hash.digest('hex')}`;
  const { size } = await stat(path);
  return { mediaType, digest, size, ...(annotations === undefined ? {} : { annotations }) };
}

/** The manifest, the config and the layers. */
export async function buildArtifact(source: ArtifactSource): Promise<BuiltModel> {
  const config = Buffer.from(JSON.stringify(source.config ?? {}));
  const configDescriptor = { mediaType: source.configType, digest: digestOf(config), size: config.length };
  const layers = await Promise.all(
    source.layers.map(async (layer) => ({ path: layer.path, descriptor: await descriptorOf(layer) })),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      ...(source.artifactType === undefined ? {} : { artifactType: source.artifactType }),
      config: configDescriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    }),
  );
  const manifestDescriptor = {
    mediaType: MediaType.imageManifest,
    digest: digestOf(manifest),
    size: manifest.length,
  };
  return { manifest, manifestDescriptor, config, configDescriptor, layers };
}

/** A ModelPack (modelpack/model-spec) with one layer of weights for each path, in an archive or raw. */
export async function buildModelPack(
  layers: readonly { readonly path: string; readonly packing: string; readonly filePath?: string }[],
): Promise<BuiltModel> {
  return buildArtifact({
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    configType: 'application/vnd.cncf.model.config.v1+json',
    config: { config: { format: 'gguf' }, modelfs: { type: 'layers', diffIds: [] } },
    layers: layers.map(({ path, packing, filePath }) => ({
      path,
      mediaType: `application/vnd.cncf.model.weight.v1.${packing}`,
      ...(filePath === undefined ? {} : { annotations: { 'org.cncf.model.filepath': filePath } }),
    })),
  });
}

/** A container image of layers with these paths; the config is that of an image without a program. */
export async function buildImage(
  paths: readonly string[],
  compression: '' | '+gzip' | '+zstd' = '',
  config: unknown = {},
): Promise<BuiltModel> {
  return buildArtifact({
    configType: 'application/vnd.oci.image.config.v1+json',
    config: { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [] } },
    layers: paths.map((path) => ({
      path,
      mediaType: `application/vnd.oci.image.layer.v1.tar${compression}`,
    })),
  });
}
