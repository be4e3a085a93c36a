/**
 * ModelKits of KitOps (kitops-ml/kitops, pkg/lib/constants/mediaType.go and pkg/artifact/kitfile.go). The config
 * is the Kitfile as JSON; each layer is a tar of one entry of it, with paths below the kit's root.
 */
import { z } from 'zod';
import { quoted, singleLine } from '../../base/text.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import { parseReference } from '../../oci/spec/reference.ts';
import type { FileRole, ModelArtifact } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import { baseMetadata, configJson, optionalText, withDetails } from '../config.ts';
import { compressionOf, givenName, type Layer, memberName } from '../layer.ts';
import { roleOfName } from '../names/roles.ts';
import type { ArtifactReader, ReadOptions } from '../reader.ts';
import { unsupported } from '../unsupported.ts';

/** The names of today, and those of the first specification (jozu-ai/modelkit, v0.1), whose layers are all `content`. */
const CONFIG_TYPE = /^application\/vnd\.(?:kitops\.modelkit|jozu\.model)\.config\.v1\+json$/;
const ARTIFACT_TYPE = /^application\/vnd\.(?:kitops\.modelkit|jozu\.model)\./;
const LAYER_TYPE =
  /^application\/vnd\.(?:kitops\.modelkit|jozu\.model)\.(model|modelpart|content|dataset|code|docs|prompt)\.v1\./;

/** A Kitfile's entry, which says which layer is its own; older kits do not. */
const entrySchema = z
  .object({ path: optionalText, type: optionalText, digest: optionalText })
  .partial()
  .catch({});

const kitfileSchema = z
  .object({
    package: z.object({ name: optionalText, license: optionalText }).partial().catch({}),
    model: z
      .object({
        name: optionalText,
        path: optionalText,
        license: optionalText,
        format: optionalText,
        digest: optionalText,
        parts: z.array(entrySchema).max(10_000).catch([]),
      })
      .partial()
      .catch({}),
  })
  .partial()
  .catch({});

type Entry = z.infer<typeof entrySchema>;

function recognises({ artifactType, config, layers }: ImageManifest): boolean {
  return (
    (config !== undefined && CONFIG_TYPE.test(config.mediaType)) ||
    (artifactType !== undefined && ARTIFACT_TYPE.test(artifactType)) ||
    layers.some(({ mediaType }) => LAYER_TYPE.test(mediaType))
  );
}

/** What a layer's entry says: a part may be an adapter (`type: LoRA`), or any file that goes with the model. */
function partRole(part: string | undefined, entry: Entry | undefined): FileRole {
  // Data sets, code and documents come along, but are no model whatever they are called.
  if (part !== 'model' && part !== 'modelpart' && part !== 'content') return 'other';
  return part === 'modelpart' && /lora|adapter/i.test(entry?.type ?? '') ? 'adapter' : 'weights';
}

function partOf(mediaType: string): string | undefined {
  return LAYER_TYPE.exec(mediaType)?.[1];
}

/**
 * Tells whether the path of a Kitfile's model is another kit's reference (kitops, docs/kitfile/format.md): a registry's host
 * before the first slash, or a tag or digest. Everything else is a path.
 */
function namesKit(path: string): boolean {
  if (roleOfName(path).role !== 'other' || /^(?:\.{0,2}\/|[a-z]:[\\/])/i.test(path)) return false;
  try {
    parseReference(path);
  } catch {
    return false;
  }
  return /^(?:localhost|[^/]*[.:][^/]*)\//.test(path) || /[:@][^/]+$/.test(path);
}

function layersOf({ layers }: ImageManifest, entries: ReadonlyMap<string, Entry>): Layer[] {
  return layers.map((descriptor, index) => {
    const part = partOf(descriptor.mediaType);
    const entry = entries.get(descriptor.digest);
    return {
      index,
      descriptor,
      role: partRole(part, entry),
      name: memberName(entry?.path ?? givenName(descriptor)),
      archive: { compression: compressionOf(descriptor.mediaType) },
    };
  });
}

function read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { headers }: ReadOptions,
): ModelArtifact {
  const { package: kit = {}, model = {} } = kitfileSchema.parse(configJson(configBytes));
  const entries = [model, ...(model.parts ?? [])].flatMap((entry) =>
    entry.digest === undefined ? [] : [[entry.digest, entry] as const],
  );
  const layers = layersOf(manifest, new Map(entries));
  const hasModel = manifest.layers.some(({ mediaType }) =>
    /^(?:model|content)$/.test(partOf(mediaType) ?? ''),
  );
  const isElsewhere = !hasModel && model.path !== undefined && namesKit(model.path);
  if (isElsewhere || !layers.some(({ role }) => role === 'weights')) {
    const where = model.path === undefined ? '' : ` (its Kitfile names ${quoted(model.path, 200)})`;
    throw unsupported(
      `is a ModelKit without a model in it${where}`,
      isElsewhere
        ? `Pull ${singleLine(model.path ?? '', 200)}, which has the model`
        : 'Choose a ModelKit that has a model',
    );
  }
  const named = roleOfName(model.path ?? '').format ?? model.format?.toLowerCase();
  return assemble({
    headers,
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
