/** Reads models of tools that keep manifests: Ollama, Docker Model Runner, OCI image layouts. */
import { decideByHeaders, MAX_CONFIG_BYTES, readArtifactInSlices } from '../artifact/index.ts';
import { isModelError, throwIfCancelled } from '../base/error.ts';
import { kindOfFile } from '../gguf/index.ts';
import { type Descriptor, digestOf, parseDigest, type Reference } from '../oci/index.ts';
import { type ImageManifest, MAX_MANIFEST_BYTES, parseManifest } from '../oci/spec/manifest.ts';
import { fileOfSize, readSmallFile, type ScanOptions } from './scan.ts';
import type { PackagedModel } from './tool.ts';

/** A manifest in a tool's store. */
export interface PackagedEntry {
  readonly name: string;
  readonly reference: Reference;
  /** Path of the manifest. */
  readonly manifestPath: string;
  /** Expected digest of the manifest, if the tool states it. */
  readonly digest?: string | undefined;
  readonly mediaType?: string | undefined;
  /** Returns the path of a blob in the same store. */
  readonly pathOf: (digest: string) => string;
}

/**
 * Reads a manifest and checks that all of its content is present.
 * @returns undefined if it is damaged or not a model that runs here, which is logged.
 * @throws ModelError `cancelled`.
 */
export async function readPackaged(
  entry: PackagedEntry,
  options: ScanOptions,
): Promise<PackagedModel | undefined> {
  try {
    return await read(entry, options);
  } catch (error) {
    if (isModelError(error, 'cancelled')) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    options.log.info(`${entry.name} (${entry.manifestPath}) cannot be imported: ${reason}`);
    return undefined;
  }
}

async function read(entry: PackagedEntry, options: ScanOptions): Promise<PackagedModel> {
  const bytes = await readSmallFile(entry.manifestPath, MAX_MANIFEST_BYTES, options);
  if (bytes === undefined) throw new Error('its manifest is missing.');
  const digest = digestOf(bytes, entry.digest === undefined ? 'sha256' : parseDigest(entry.digest).algorithm);
  if (entry.digest !== undefined && digest !== entry.digest) throw new Error('its manifest is damaged.');
  const manifest = parseManifest(bytes, entry.mediaType);
  if (manifest.kind === 'index') throw new Error('it is an index of several manifests.');
  const config = await readConfig(entry, manifest, options);
  const artifact = await decideByHeaders(
    (headers) =>
      readArtifactInSlices(manifest, config?.bytes, { registry: entry.reference.registry, headers }),
    (layer) => kindOfFile(entry.pathOf(layer)),
  );
  if (artifact.archives.length > 0) throw new Error('its model is in an archive.');
  if (artifact.reason !== undefined) throw new Error(artifact.reason);
  const paths = new Map<string, string>();
  for (const layer of manifest.layers) {
    throwIfCancelled(options.signal);
    const path = await fileOfSize(entry.pathOf(layer.digest), layer.size);
    if (path === undefined) throw new Error(`its content ${layer.digest} is missing or not whole.`);
    paths.set(layer.digest, path);
  }
  return {
    kind: 'packaged',
    name: entry.name,
    reference: entry.reference,
    manifest: { mediaType: manifest.mediaType, digest, size: bytes.length },
    manifestBytes: bytes,
    config,
    artifact,
    paths,
  };
}

async function readConfig(
  { pathOf }: PackagedEntry,
  { config }: ImageManifest,
  options: ScanOptions,
): Promise<{ descriptor: Descriptor; bytes: Buffer } | undefined> {
  if (config === undefined) return undefined;
  const bytes = await readSmallFile(pathOf(config.digest), MAX_CONFIG_BYTES, options);
  if (bytes !== undefined && digestOf(bytes, parseDigest(config.digest).algorithm) === config.digest) {
    return { descriptor: config, bytes };
  }
  throw new Error('its config is missing or damaged.');
}
