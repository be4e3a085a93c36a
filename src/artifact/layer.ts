/**
 * What one layer is: its media type, then its name. Docker's model-spec, ModelPack and plain OCI artifacts
 * are mixed in practice (a Docker config over ModelPack layers, and the other way round), so all readers ask
 * here and not only at the types of their own family.
 */
import { z } from 'zod';
import type { Descriptor } from '../oci/descriptor.ts';
import type { FileRole } from './artifact.ts';
import { baseName, safeFileName } from './fileName.ts';

const FILE_PATH = ['org.cncf.model.filepath', 'org.cnai.model.filepath'] as const;
const FILE_METADATA = ['org.cncf.model.file.metadata+json', 'org.cnai.model.file.metadata+json'] as const;
const TITLE = 'org.opencontainers.image.title';
/** oras: the layer is a tar of a folder, and the title is the folder's name. */
const ORAS_UNPACK = 'io.deis.oras.content.unpack';

/** What a layer is for; `archive` and `other-weights` cannot be run as they are. */
export type LayerKind = FileRole | 'archive' | 'other-weights';

/** A layer, looked at. */
export interface Layer {
  readonly kind: LayerKind;
  /** The publisher's name, safe; undefined where there is none. */
  readonly name: string | undefined;
  readonly descriptor: Descriptor;
}

/** Kinds by media type alone. `gguf.v3.lora` and `gguf.v3.mmproj` are not weights, though they say gguf. */
const KIND_OF_TYPE: Readonly<Record<string, LayerKind>> = {
  'application/vnd.docker.ai.gguf.v3.lora': 'adapter',
  'application/vnd.docker.ai.gguf.v3.mmproj': 'projector',
  'application/vnd.docker.ai.mmproj': 'projector',
  'application/vnd.docker.ai.license': 'license',
  'application/vnd.docker.ai.chat.template.jinja': 'template',
  'application/vnd.docker.ai.safetensors': 'other-weights',
  'application/vnd.docker.ai.dduf': 'other-weights',
  'application/vnd.docker.ai.vllm.config.tar': 'archive',
  'application/vnd.docker.ai.dir.tar': 'archive',
};

/** Types whose layer is one bare GGUF. */
const GGUF_TYPES: readonly string[] = [
  'application/vnd.docker.ai.gguf.v3',
  'application/vnd.docker.ai.model.file.v1+gguf',
  'application/vnd.cncf.model.weight.v1.gguf',
  'application/vnd.cncf.model.weight.gguf',
  'application/vnd.cnai.model.weight.v1.gguf',
];

const MODELPACK =
  /^application\/vnd\.(?:cncf|cnai)\.model\.(weight|weight\.config|doc|code|dataset)\.v1\.(.+)$/;
const COMPRESSED = /[.+](?:gzip|zstd|zst|gz|bz2|xz)$/;
const TAR = /(?:^|[.+/])tar(?:[.+]|$)/;

function annotation(descriptor: Descriptor, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = descriptor.annotations?.[key];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

const metadataSchema = z.object({ name: z.string().optional(), size: z.number().optional() });

/** The file's own name and size, where the packager wrote them beside the layer. */
function fileMetadata(descriptor: Descriptor): z.infer<typeof metadataSchema> {
  const text = annotation(descriptor, FILE_METADATA);
  if (text === undefined) return {};
  try {
    return metadataSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {}; // an annotation of somebody else's making; nothing depends on it
  }
}

/** Whether a layer is an archive or compressed, so that its digest is not the file's. */
function isPacked(descriptor: Descriptor): boolean {
  const { mediaType } = descriptor;
  if (COMPRESSED.test(mediaType)) return true;
  if (!TAR.test(mediaType)) return false;
  if (descriptor.annotations?.[ORAS_UNPACK] === 'true') return true;
  // oras gives every file without a type the type of an image layer, and the file's name as the title.
  if (mediaType.startsWith('application/vnd.oci.image.layer.'))
    return annotation(descriptor, [TITLE]) === undefined;
  // RamaLama types a bare file as tar. A tar is larger than the file in it, so equal sizes tell.
  return fileMetadata(descriptor).size !== descriptor.size;
}

function kindByName(name: string | undefined): LayerKind {
  const base = baseName(name ?? '').toLowerCase();
  if (base.endsWith('.gguf')) return weightsOrProjector(base);
  if (base.endsWith('.safetensors')) return 'other-weights';
  if (base.endsWith('.jinja')) return 'template';
  return /^(?:licen[cs]e|copying|notice)/.test(base) ? 'license' : 'other';
}

/** Only the name tells a projector from a model where both have the type of a GGUF. */
function weightsOrProjector(base: string): LayerKind {
  return base.includes('mmproj') ? 'projector' : 'weights';
}

function kindOf(
  descriptor: Descriptor,
  name: string | undefined,
  configFormat: string | undefined,
): LayerKind {
  const { mediaType } = descriptor;
  const known = Object.hasOwn(KIND_OF_TYPE, mediaType) ? KIND_OF_TYPE[mediaType] : undefined;
  if (known !== undefined) return known;
  if (GGUF_TYPES.includes(mediaType)) return weightsOrProjector(baseName(name ?? '').toLowerCase());
  if (isPacked(descriptor)) return 'archive';
  const [, part] = MODELPACK.exec(mediaType) ?? [];
  if (part === 'weight' && name === undefined) return configFormat === 'gguf' ? 'weights' : 'other-weights';
  const kind = kindByName(name);
  // Docs, code and data sets may hold a GGUF too, as an example: only weights are weights.
  const isDocument = part !== undefined && part !== 'weight';
  return isDocument && kind !== 'license' && kind !== 'template' ? 'other' : kind;
}

/**
 * Looks at a layer.
 * @param configFormat `format` of the config, in lower case, where there is one.
 * @throws ModelError `unsupported-artifact` where its name is not safe.
 */
export function readLayer(descriptor: Descriptor, configFormat: string | undefined): Layer {
  const given =
    annotation(descriptor, FILE_PATH) ?? annotation(descriptor, [TITLE]) ?? fileMetadata(descriptor).name;
  const name = given === undefined ? undefined : safeFileName(given);
  return { kind: kindOf(descriptor, name, configFormat), name, descriptor };
}
