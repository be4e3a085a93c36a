/**
 * ModelKits of KitOps (kitops-ml/kitops, pkg/lib/constants/mediaType.go and pkg/artifact/kitfile.go). The config is the
 * Kitfile as JSON; each layer is a tar of one of its entries, with paths below the kit's root.
 */
import * as z from 'zod';
import { type Localized, t } from '../../base/l10n.ts';
import { mapInSteps, type Steps } from '../../base/steps.ts';
import { quoted, singleLine } from '../../base/text.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import { parseReference } from '../../oci/spec/reference.ts';
import type { FileRole, ModelArtifact } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import { baseMetadata, configJson, optionalText, withDetails } from '../config.ts';
import type { ArtifactFamily, ReadOptions } from '../family.ts';
import { compressionOf, givenName, type Layer, memberName } from '../layer.ts';
import { roleOfName } from '../names/roles.ts';
import { unsupported } from '../unsupported.ts';

/** Current names, and those of the first specification (jozu-ai/modelkit, v0.1), whose layers are all `content`. */
const CONFIG_TYPE = /^application\/vnd\.(?:kitops\.modelkit|jozu\.model)\.config\.v1\+json$/;
const ARTIFACT_TYPE = /^application\/vnd\.(?:kitops\.modelkit|jozu\.model)\./;
const LAYER_TYPE =
  /^application\/vnd\.(?:kitops\.modelkit|jozu\.model)\.(model|modelpart|content|dataset|code|docs|prompt)\.v1\./;

/** An entry of a Kitfile with the digest of its layer, which older kits omit. */
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

function recognizes({ artifactType, config, layers }: ImageManifest): boolean {
  return (
    (config !== undefined && CONFIG_TYPE.test(config.mediaType)) ||
    (artifactType !== undefined && ARTIFACT_TYPE.test(artifactType)) ||
    layers.some(({ mediaType }) => LAYER_TYPE.test(mediaType))
  );
}

/** Returns the role of a layer. A part may be an adapter (`type: LoRA`) or any file that goes with the model. */
function partRole(part: string | undefined, entry: Entry | undefined): FileRole {
  // Data sets, code and documents come along but are never a model, whatever their names.
  if (part !== 'model' && part !== 'modelpart' && part !== 'content') return 'other';
  return part === 'modelpart' && /lora|adapter/i.test(entry?.type ?? '') ? 'adapter' : 'weights';
}

function partOf(mediaType: string): string | undefined {
  return LAYER_TYPE.exec(mediaType)?.[1];
}

/**
 * Returns true if the path of a Kitfile's model is the reference of another kit (kitops, docs/kitfile/format.md): it
 * has a registry's host before the first slash, or a tag or digest. Anything else is a path.
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

function layersOf({ layers }: ImageManifest, entries: ReadonlyMap<string, Entry>): Steps<Layer[]> {
  return mapInSteps(layers, (descriptor, index) => {
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

function* read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { headers }: ReadOptions,
): Steps<ModelArtifact> {
  const { package: kit = {}, model = {} } = kitfileSchema.parse(configJson(configBytes));
  const entries = [model, ...(model.parts ?? [])].flatMap((entry) =>
    entry.digest === undefined ? [] : [[entry.digest, entry] as const],
  );
  const layers = yield* layersOf(manifest, new Map(entries));
  const hasModel = manifest.layers.some(({ mediaType }) =>
    /^(?:model|content)$/.test(partOf(mediaType) ?? ''),
  );
  const isElsewhere = !hasModel && model.path !== undefined && namesKit(model.path);
  if (isElsewhere || !layers.some(({ role }) => role === 'weights')) {
    throw unsupported(withoutModel(model.path, isElsewhere));
  }
  const named = roleOfName(model.path ?? '').format ?? model.format?.toLowerCase();
  return yield* assemble({
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

/** @param path of the Kitfile's model. @param isElsewhere true if that is the reference of another kit. */
function withoutModel(path: string | undefined, isElsewhere: boolean): Localized {
  if (path === undefined) {
    return t('This artifact is a ModelKit without a model. Choose a ModelKit that has one.');
  }
  return isElsewhere
    ? t(
        'This artifact is a ModelKit that takes its model from another one. Pull {0} instead.',
        singleLine(path, 200),
      )
    : t(
        'This artifact is a ModelKit without a model (its Kitfile names {0}). Choose a ModelKit that has one.',
        quoted(path, 200),
      );
}

/** ModelKits of KitOps. */
export const modelkit: ArtifactFamily = { recognizes, read };
