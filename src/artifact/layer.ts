/**
 * What one layer is: its media type, then its name. Docker's model-spec, ModelPack and plain OCI artifacts
 * are mixed in practice (a Docker config over ModelPack layers, and the other way round), so all readers ask
 * here and not only at the types of their own family.
 */
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { ArchiveLayer, FileRole, ModelFormat } from './artifact.ts';
import { companionType } from './names/companions.ts';
import { baseName, safeFileName } from './names/fileName.ts';
import { hasExtension, isProjectorName, type NamedRole, roleOfName } from './names/roles.ts';

const FILE_PATH = ['org.cncf.model.filepath', 'org.cnai.model.filepath'] as const;
const FILE_METADATA = ['org.cncf.model.file.metadata+json', 'org.cnai.model.file.metadata+json'] as const;
const TITLE = 'org.opencontainers.image.title';
/** oras: the layer is a tar of a folder, and the title is the folder's name. */
const ORAS_UNPACK = 'io.deis.oras.content.unpack';

/** A layer, looked at. */
export interface Layer {
  /** In the manifest. */
  readonly index: number;
  readonly descriptor: Descriptor;
  /** What the file is for, or the members of an archive where their names do not say more. */
  readonly role: FileRole;
  /** Of weights. */
  readonly format?: ModelFormat | undefined;
  /** What the media type says that it is beside a model, where it may be the model itself. */
  readonly hint?: FileRole | undefined;
  /** The publisher's name for the file, or for an archive's only member; safe. Undefined where there is none. */
  readonly name: string | undefined;
  /** Where files have to come out of the layer first. */
  readonly archive?: (Pick<ArchiveLayer, 'compression'> & Partial<Pick<ArchiveLayer, 'wants'>>) | undefined;
}

const GGUF = { role: 'weights', format: 'gguf' } as const;

/** Roles by media type alone. `gguf.v3.lora` and `gguf.v3.mmproj` are not weights, though they say gguf. */
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

/** Archives by media type, uncompressed and with all of their members wanted. */
const ARCHIVE_TYPES: Readonly<Record<string, FileRole>> = {
  'application/vnd.docker.ai.vllm.config.tar': 'config',
  'application/vnd.docker.ai.dir.tar': 'weights',
};

/** Types whose layer is one bare GGUF; the name still tells a projector. */
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

/** Tells whether a name is that of an archive or of a compressed file. */
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
 * The file's own name and size, where the packager wrote them beside the layer. There may be thousands of these, so
 * they are looked at without a schema.
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
    return {}; // an annotation of somebody else's making; nothing depends on it
  }
}

/** Whether oras says that the layer is a folder's tar. */
export function isFolder(descriptor: Descriptor): boolean {
  return descriptor.annotations?.[ORAS_UNPACK] === 'true';
}

/** How a media type says that its content is compressed. */
export function compressionOf(mediaType: string): ArchiveLayer['compression'] {
  if (/[.+](?:gzip|gz)$/.test(mediaType)) return 'gzip';
  if (/[.+](?:zstd|zst)$/.test(mediaType)) return 'zstd';
  return TAR.test(mediaType) ? 'none' : 'detect';
}

/**
 * How files come out of a layer, so that its digest is not a file's; undefined where the layer is a file.
 * Where types and names contradict each other the layer counts as an archive: whoever opens it sees at the
 * first bytes whether it is one, and takes it for the file itself where it is none.
 */
function archiveOf(descriptor: Descriptor, name: string | undefined): Layer['archive'] {
  const { mediaType } = descriptor;
  const compression = compressionOf(mediaType);
  if (isFolder(descriptor)) return { compression };
  if (compression === 'gzip' || compression === 'zstd') return { compression };
  const hasArchiveName = name !== undefined && isArchiveName(name);
  if (!TAR.test(mediaType)) return hasArchiveName ? { compression: 'detect' } : undefined;
  if (hasArchiveName) return { compression: 'detect' };
  // oras gives every file without a type the type of an image layer, and the file's name as the title.
  const isImageLayer = mediaType.startsWith('application/vnd.oci.image.layer.');
  if (isImageLayer && annotation(descriptor, [TITLE]) !== undefined) return undefined;
  // RamaLama types a bare file as tar. A tar is larger than the file in it, so equal sizes tell.
  return fileMetadata(descriptor).size === descriptor.size ? undefined : { compression };
}

/** Only the name tells a projector from a model where both have the type of a GGUF. */
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
  // The specification and what Docker writes have two types for projectors, and others have theirs.
  if (isProjectorName(mediaType) || mediaType === OLLAMA_PROJECTOR) return { role: 'projector' };
  const [, part] = MODELPACK.exec(mediaType) ?? [];
  if (part === 'weight') return weightRole(name, configFormat);
  const named = roleOfName(name ?? '');
  if (part === undefined) return withHint(mediaType, named);
  // Docs, code and data sets may hold a model too, as an example: only weights are weights.
  const isWeights = named.role === 'weights' || named.role === 'projector' || named.role === 'adapter';
  const role = isWeights ? 'other' : named.role;
  return { role: role === 'other' && part === 'weight.config' ? 'config' : role };
}

/** A type that somebody made up says of a GGUF what its name would: it is a companion beside a model. */
function withHint(mediaType: string, named: NamedRole): Pick<Layer, 'role' | 'format' | 'hint'> {
  const hint = companionType(mediaType);
  if (hint === undefined) return named;
  if (named.role === 'other' && hint === 'projector') return { role: hint };
  return named.role === 'weights' && named.format === 'gguf' ? { ...named, hint } : named;
}

/** ModelPack's weights: a tokenizer may be typed so too, and a file of any name is one, in the config's format. */
function weightRole(name: string | undefined, configFormat: string | undefined): NamedRole {
  const named = roleOfName((name ?? '').replace(COMPRESSED_NAME, ''));
  if (named.role !== 'other') return named;
  const format = configFormat === 'gguf' || configFormat === 'safetensors' ? configFormat : 'other';
  const isModel = name === undefined || format === 'gguf' || !hasExtension(name);
  return isModel ? { role: 'weights', format } : named;
}

/**
 * The title of a layer. With `oras push --disable-path-validation` it is where the file was on its publisher's machine,
 * which means nothing here: then it is the name of the file.
 */
function titleOf(descriptor: Descriptor): string | undefined {
  const title = annotation(descriptor, [TITLE]);
  if (title === undefined || !/^(?:\/|[a-z]:[\\/])/i.test(title)) return title;
  return title.slice(Math.max(title.lastIndexOf('/'), title.lastIndexOf('\\')) + 1) || undefined;
}

/** The name that a packager gave a layer, as it stands there. */
export function givenName(descriptor: Descriptor): string | undefined {
  return annotation(descriptor, FILE_PATH) ?? titleOf(descriptor) ?? fileMetadata(descriptor).name;
}

/**
 * The path of an archive's only member, where the layer's name is that of a file; undefined where it is that
 * of a folder or of the archive.
 * @throws ModelError `unsupported-artifact` where it is not safe.
 */
export function memberName(given: string | undefined): string | undefined {
  const inner = given?.replace(COMPRESSED_NAME, '');
  if (inner === undefined || roleOfName(inner).role === 'other') return undefined;
  return safeFileName(inner);
}

/**
 * Looks at a layer.
 * @param configFormat `format` of the config, in lower case, where there is one.
 * @throws ModelError `unsupported-artifact` where its name is not safe.
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

/** All layers, looked at. @param configFormat `format` of the config, where there is one. */
export function readLayers(descriptors: readonly Descriptor[], configFormat: string | undefined): Layer[] {
  return descriptors.map((descriptor, index) => readLayer(descriptor, index, configFormat));
}
