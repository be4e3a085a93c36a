/**
 * Determines what a layer is, first by its media type, then by its name. In practice Docker's model-spec, ModelPack and
 * plain OCI artifacts are mixed (a Docker config over ModelPack layers, and the other way around), so all families use
 * this instead of looking only for their own types.
 */
import { mapInSteps, type Steps } from '../base/steps.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { ArchiveLayer, FileRole, ModelFormat } from './artifact.ts';
import { companionType } from './names/companions.ts';
import { baseName, safeFileName } from './names/fileName.ts';
import { hasExtension, isProjectorName, type NamedRole, roleOfName } from './names/roles.ts';

const FILE_PATH = ['org.cncf.model.filepath', 'org.cnai.model.filepath'] as const;
const FILE_METADATA = ['org.cncf.model.file.metadata+json', 'org.cnai.model.file.metadata+json'] as const;
const TITLE = 'org.opencontainers.image.title';
/** Marks a layer of oras that is a tar of a folder; the title is the folder's name. */
const ORAS_UNPACK = 'io.deis.oras.content.unpack';

/** A layer with its meaning. */
export interface Layer {
  /** Index in the manifest's layers. */
  readonly index: number;
  readonly descriptor: Descriptor;
  /** Role of the file, or of an archive's members if their names do not say more. */
  readonly role: FileRole;
  /** Format of weights. */
  readonly format?: ModelFormat | undefined;
  /** Role that the media type suggests if the file is beside a model; otherwise the file may be the model itself. */
  readonly hint?: FileRole | undefined;
  /** The publisher's name for the file or for an archive's only member, made safe; undefined if there is none. */
  readonly name: string | undefined;
  /** Set if the layer must be unpacked to get its files. */
  readonly archive?: (Pick<ArchiveLayer, 'compression'> & Partial<Pick<ArchiveLayer, 'wants'>>) | undefined;
}

const GGUF = { role: 'weights', format: 'gguf' } as const;

/** Roles by media type alone. `gguf.v3.lora` and `gguf.v3.mmproj` are not weights despite their names. */
const ROLE_OF_TYPE: Readonly<Record<string, NamedRole>> = {
  'application/vnd.docker.ai.gguf.v3.lora': { role: 'adapter' },
  'application/vnd.docker.ai.gguf.v3.mmproj': { role: 'projector' },
  'application/vnd.docker.ai.mmproj': { role: 'projector' },
  'application/vnd.docker.ai.license': { role: 'license' },
  'application/vnd.docker.ai.chat.template.jinja': { role: 'template' },
  'application/vnd.docker.ai.safetensors': { role: 'weights', format: 'safetensors' },
  'application/vnd.docker.ai.dduf': { role: 'weights', format: 'dduf' },
  'application/vnd.cncf.model.weight.v1.safetensors': { role: 'weights', format: 'safetensors' },
};

/** Archives by media type, uncompressed; all of their members are wanted. */
const ARCHIVE_TYPES: Readonly<Record<string, FileRole>> = {
  'application/vnd.docker.ai.vllm.config.tar': 'config',
  'application/vnd.docker.ai.dir.tar': 'weights',
};

/** Types of layers that are one bare GGUF; the name can still reveal a projector. */
const GGUF_TYPES: readonly string[] = [
  'application/vnd.docker.ai.gguf.v3',
  'application/vnd.docker.ai.model.file.v1+gguf',
  'application/vnd.cncf.model.weight.v1.gguf',
  'application/vnd.cncf.model.weight.gguf',
  'application/vnd.cnai.model.weight.v1.gguf',
];

const OLLAMA_PROJECTOR = 'application/vnd.ollama.image.projector';
const MODELPACK =
  /^application\/vnd\.(?:cncf|cnai)\.model\.(weight|weight\.config|doc|code|dataset)\.v1\.(.+)$/;
const TAR = /(?:^|[.+/-])tar(?:[.+]|$)/;
/** Names of archives. */
const ARCHIVE_NAME = /\.(?:tar(?:\.(?:gz|zst|zstd))?|tgz|tzst)$/i;
const COMPRESSED_NAME = /\.(?:gz|zst)$/i;

/** Returns true if a name is that of an archive or of a compressed file. */
export function isArchiveName(name: string): boolean {
  return ARCHIVE_NAME.test(name) || COMPRESSED_NAME.test(name);
}

function annotation(descriptor: Descriptor, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = descriptor.annotations?.[key];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

interface FileMetadata {
  readonly name?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
}

/**
 * Reads the file's own name and size, if the packager annotated the layer with them. There may be thousands of layers,
 * so this does without a schema.
 */
function fileMetadata(descriptor: Descriptor): FileMetadata {
  const text = annotation(descriptor, FILE_METADATA);
  if (text === undefined) return {};
  try {
    const value: { readonly name?: unknown; readonly size?: unknown } | null = JSON.parse(text);
    const { name, size } = value ?? {};
    return {
      name: typeof name === 'string' ? name : undefined,
      size: typeof size === 'number' ? size : undefined,
    };
  } catch {
    return {}; // not the packager's JSON; nothing depends on it
  }
}

/** Returns true if oras marked the layer as the tar of a folder. */
export function isFolder(descriptor: Descriptor): boolean {
  return descriptor.annotations?.[ORAS_UNPACK] === 'true';
}

/** Returns the compression that a media type states. */
export function compressionOf(mediaType: string): ArchiveLayer['compression'] {
  if (/[.+](?:gzip|gz)$/.test(mediaType)) return 'gzip';
  if (/[.+](?:zstd|zst)$/.test(mediaType)) return 'zstd';
  return TAR.test(mediaType) ? 'none' : 'detect';
}

/**
 * Describes how a layer is unpacked, or returns undefined if the layer is a file, so that its digest is that of the
 * file. If type and name contradict each other, the layer counts as an archive: the first bytes show later if it is
 * one, and it is taken for the file itself if not.
 */
function archiveOf(descriptor: Descriptor, name: string | undefined): Layer['archive'] {
  const { mediaType } = descriptor;
  const compression = compressionOf(mediaType);
  if (isFolder(descriptor)) return { compression };
  if (compression === 'gzip' || compression === 'zstd') return { compression };
  const hasArchiveName = name !== undefined && isArchiveName(name);
  if (!TAR.test(mediaType)) return hasArchiveName ? { compression: 'detect' } : undefined;
  if (hasArchiveName) return { compression: 'detect' };
  // oras gives a file without a type the type of an image layer, and its name as the title.
  const isImageLayer = mediaType.startsWith('application/vnd.oci.image.layer.');
  if (isImageLayer && annotation(descriptor, [TITLE]) !== undefined) return undefined;
  // RamaLama labels bare files as tar. A tar is larger than the file in it, so equal sizes give them away.
  return fileMetadata(descriptor).size === descriptor.size ? undefined : { compression };
}

/** Separates projectors from models by name, because both have the type of a GGUF. */
function ggufRole(name: string | undefined): NamedRole {
  const named = roleOfName(name ?? '');
  const isHidden = name !== undefined && baseName(name).startsWith('._');
  return named.role === 'projector' || isHidden ? named : GGUF;
}

function roleOf(
  { mediaType }: Descriptor,
  name: string | undefined,
  configFormat: string | undefined,
): Pick<Layer, 'role' | 'format' | 'hint'> {
  const known = Object.hasOwn(ROLE_OF_TYPE, mediaType) ? ROLE_OF_TYPE[mediaType] : undefined;
  if (known !== undefined) return known;
  if (GGUF_TYPES.includes(mediaType)) return ggufRole(name);
  // The specification and Docker's tools use two different types for projectors, and others have their own.
  if (isProjectorName(mediaType) || mediaType === OLLAMA_PROJECTOR) return { role: 'projector' };
  const [, part] = MODELPACK.exec(mediaType) ?? [];
  if (part === 'weight') return weightRole(name, configFormat);
  const named = roleOfName(name ?? '');
  if (part === undefined) return withHint(mediaType, named);
  // Documents, code and data sets may include a model as an example, but only weights count.
  const isWeights = named.role === 'weights' || named.role === 'projector' || named.role === 'adapter';
  const role = isWeights ? 'other' : named.role;
  return { role: role === 'other' && part === 'weight.config' ? 'config' : role };
}

/** Treats a made-up media type of a GGUF like a word in its name: the file is a companion if a model is beside it. */
function withHint(mediaType: string, named: NamedRole): Pick<Layer, 'role' | 'format' | 'hint'> {
  const hint = companionType(mediaType);
  if (hint === undefined) return named;
  if (named.role === 'other' && hint === 'projector') return { role: hint };
  return named.role === 'weights' && named.format === 'gguf' ? { ...named, hint } : named;
}

/**
 * Roles of ModelPack's weights. A tokenizer may have their type too; other files are weights in the config's format.
 */
function weightRole(name: string | undefined, configFormat: string | undefined): NamedRole {
  const named = roleOfName((name ?? '').replace(COMPRESSED_NAME, ''));
  if (named.role !== 'other') return named;
  const format = configFormat === 'gguf' || configFormat === 'safetensors' ? configFormat : 'other';
  const isModel = name === undefined || format === 'gguf' || !hasExtension(name);
  return isModel ? { role: 'weights', format } : named;
}

/**
 * Returns the title of a layer. With `oras push --disable-path-validation` it is a path on the publisher's machine,
 * which means nothing here, so only the file name is used.
 */
function titleOf(descriptor: Descriptor): string | undefined {
  const title = annotation(descriptor, [TITLE]);
  if (title === undefined || !/^(?:\/|[a-z]:[\\/])/i.test(title)) return title;
  return title.slice(Math.max(title.lastIndexOf('/'), title.lastIndexOf('\\')) + 1) || undefined;
}

/** Returns the name that the packager gave a layer, unchanged. */
export function givenName(descriptor: Descriptor): string | undefined {
  return annotation(descriptor, FILE_PATH) ?? titleOf(descriptor) ?? fileMetadata(descriptor).name;
}

/**
 * Returns the path of an archive's only member if the layer has the name of a file, or undefined if it has that of a
 * folder or of the archive.
 * @throws ModelError `unsupported-artifact` if the path is not safe.
 */
export function memberName(given: string | undefined): string | undefined {
  const inner = given?.replace(COMPRESSED_NAME, '');
  if (inner === undefined || roleOfName(inner).role === 'other') return undefined;
  return safeFileName(inner);
}

/**
 * Interprets a layer.
 * @param configFormat `format` of the config in lower case, if there is one.
 * @throws ModelError `unsupported-artifact` if its name is not safe.
 */
export function readLayer(descriptor: Descriptor, index: number, configFormat: string | undefined): Layer {
  const { mediaType } = descriptor;
  const archiveRole = Object.hasOwn(ARCHIVE_TYPES, mediaType) ? ARCHIVE_TYPES[mediaType] : undefined;
  if (archiveRole !== undefined) {
    return { index, descriptor, role: archiveRole, name: undefined, archive: { compression: 'none' } };
  }
  const given = givenName(descriptor);
  const archive = archiveOf(descriptor, given);
  const role = roleOf(descriptor, given, configFormat);
  if (archive !== undefined) return { index, descriptor, ...role, name: memberName(given), archive };
  return { index, descriptor, ...role, name: given === undefined ? undefined : safeFileName(given) };
}

/** Interprets all layers. @param configFormat `format` of the config in lower case, if there is one. */
export function readLayers(
  descriptors: readonly Descriptor[],
  configFormat: string | undefined,
): Steps<Layer[]> {
  return mapInSteps(descriptors, (descriptor, index) => readLayer(descriptor, index, configFormat));
}
