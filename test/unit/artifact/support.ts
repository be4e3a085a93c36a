/** Manifests as packagers write them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type ModelArtifact, readArtifact, weightsOf } from '../../../src/artifact/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import { MediaType } from '../../../src/oci/spec/descriptor.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';

export interface LayerInput {
  readonly type: string;
  /** Makes the digest; the name where absent, so that equal ones are one blob. */
  readonly content?: string;
  readonly path?: string;
  readonly title?: string;
  readonly size?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ManifestInput {
  readonly configType?: string;
  readonly artifactType?: string;
  readonly mediaType?: string;
  readonly config?: unknown;
  readonly subject?: unknown;
  readonly layers: readonly LayerInput[];
}

let count = 0;

function layer(input: LayerInput): object {
  const content = input.content ?? input.path ?? input.title ?? `layer ${count++}`;
  const annotations = {
    ...(input.path === undefined ? {} : { 'org.cncf.model.filepath': input.path }),
    ...(input.title === undefined ? {} : { 'org.opencontainers.image.title': input.title }),
    ...input.annotations,
  };
  return {
    mediaType: input.type,
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    size: input.size ?? 100,
    annotations,
  };
}

/** Goes through the same parser as a manifest from a registry. */
export function read(input: ManifestInput, registry?: string): ModelArtifact {
  const config = Buffer.from(
    typeof input.config === 'string' ? input.config : JSON.stringify(input.config ?? {}),
  );
  const manifest = parseManifest(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: input.mediaType ?? MediaType.imageManifest,
        artifactType: input.artifactType,
        config: {
          mediaType: input.configType ?? 'application/vnd.docker.ai.model.config.v0.1+json',
          digest: `sha256:${createHash('sha256').update(config).digest('hex')}`,
          size: config.length,
        },
        subject: input.subject,
        layers: input.layers.map(layer),
      }),
    ),
  );
  if (manifest.kind !== 'manifest') throw new Error('not a manifest');
  return readArtifact(manifest, config, registry === undefined ? undefined : { registry });
}

export const GGUF = 'application/vnd.docker.ai.gguf.v3';
export const DOCKER_V02 = 'application/vnd.docker.ai.model.config.v0.2+json';
export const MODELPACK_CONFIG = 'application/vnd.cncf.model.config.v1+json';
export const MODELPACK_RAW = 'application/vnd.cncf.model.weight.v1.raw';

/** `role name` of every file, in order. */
export function filesOf(artifact: ModelArtifact): string[] {
  return artifact.files.map((file) => `${file.role} ${file.path}`);
}

export function weightPaths(artifact: ModelArtifact): string[] {
  return weightsOf(artifact).map((file) => file.path);
}

/** A manifest of Ollama's registry. @param parts last words of the layers' types. */
export function ollama(parts: readonly string[], config: object = { model_format: 'gguf' }): ManifestInput {
  return {
    mediaType: MediaType.dockerManifest,
    configType: 'application/vnd.docker.container.image.v1+json',
    config,
    layers: parts.map((part, index) => ({
      type: `application/vnd.ollama.image.${part}`,
      content: `${part} ${index}`,
    })),
  };
}

/** The message with which an artifact is refused. */
export function refusal(input: ManifestInput): string {
  try {
    read(input);
  } catch (error) {
    assert.ok(isModelError(error, 'unsupported-artifact'), String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'the artifact was accepted' });
}
