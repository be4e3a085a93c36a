/**
 * Finds models in OCI image layouts (image-spec, image-layout.md) of any tool: skopeo, oras, regctl, and llmman's
 * store. `index.json` has the names; newer versions of llmman have a file for each name below `manifests/` instead,
 * with the same descriptor in it (llmmanorg/llmman, src/storage/oci.rs).
 */
import { basename, join } from 'node:path';
import * as z from 'zod';
import { isRegistryHost, parseDigest, type Reference, shortDigest } from '../oci/index.ts';
import { type Descriptor, descriptorSchema } from '../oci/spec/descriptor.ts';
import { MAX_MANIFEST_BYTES } from '../oci/spec/manifest.ts';
import { distinctFolders, type Machine } from './homeFolders.ts';
import { importedReference, tryReference } from './importedNames.ts';
import { readPackaged } from './packaged.ts';
import { filesBelow, inEach, readSmallFile, type ScanOptions } from './scan.ts';
import type { ForeignTool, FoundModel } from './tool.ts';

/** Annotations with a name (image-spec, annotations.md); containerd puts the full name into one of its own. */
const NAMES = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'] as const;

/** The largest file below `manifests/` that is read, in bytes. */
const MAX_POINTER_BYTES = 64 * 1024;

const indexSchema = z.object({
  // An entry that cannot be parsed does not hide the others.
  manifests: z.array(descriptorSchema.optional().catch(undefined)).max(10_000),
});

function contentPath(folder: string, digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return join(folder, 'blobs', algorithm, hex);
}

function parseJson<T>(schema: z.ZodType<T>, bytes: Buffer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined; // the caller logs it
  }
}

/** Reads the descriptors of all names of a layout. */
async function namedManifests(folder: string, options: ScanOptions): Promise<Descriptor[]> {
  const named: Descriptor[] = [];
  const index = await readSmallFile(join(folder, 'index.json'), MAX_MANIFEST_BYTES, options);
  if (index !== undefined) {
    const parsed = parseJson(indexSchema, index);
    if (parsed === undefined) options.log.warn(`${folder} has a damaged index.json, which is left out.`);
    named.push(...(parsed?.manifests ?? []).filter((manifest) => manifest !== undefined));
  }
  for (const file of await filesBelow(join(folder, 'manifests'), 8, (n) => !n.endsWith('.tmp'), options)) {
    const bytes = await readSmallFile(file.path, MAX_POINTER_BYTES, options);
    const descriptor = bytes === undefined ? undefined : parseJson(descriptorSchema, bytes);
    if (descriptor === undefined) options.log.warn(`${file.path} is damaged and is left out.`);
    else named.push(descriptor);
  }
  return named;
}

/**
 * Returns the name of a manifest in a layout. skopeo and oras write only a tag, and a name without a host means
 * something different in each tool, so only a name with a host is taken as it is.
 */
function referenceOf(folder: string, { digest, annotations }: Descriptor): { name: string; at: Reference } {
  const name = NAMES.map((key) => annotations?.[key]).find((value) => value !== undefined && value !== '');
  const slash = name?.indexOf('/') ?? -1;
  const host = name?.slice(0, Math.max(slash, 0)) ?? '';
  const isWhole = isRegistryHost(host) && (host === 'localhost' || /[.:]/.test(host));
  const whole = isWhole && name !== undefined ? tryReference(name) : undefined;
  if (name !== undefined && whole !== undefined) return { name, at: whole };
  const place = basename(folder);
  if (name === undefined) {
    const short = shortDigest(digest);
    return { name: short, at: importedReference(['oci-layout', place], short.replace(':', '-')) };
  }
  const colon = name.lastIndexOf(':');
  const [path, tag] = colon > slash ? [name.slice(0, colon), name.slice(colon + 1)] : ['', name];
  const parts = path.split('/').filter((part) => part !== '');
  return { name, at: importedReference(['oci-layout', place, ...parts], tag) };
}

async function modelsIn(folder: string, options: ScanOptions): Promise<FoundModel[]> {
  const models: FoundModel[] = [];
  for (const descriptor of await namedManifests(folder, options)) {
    const { name, at } = referenceOf(folder, descriptor);
    const { digest, mediaType } = descriptor;
    const pathOf = (wanted: string): string => contentPath(folder, wanted);
    const entry = { name, reference: at, manifestPath: pathOf(digest), digest, mediaType, pathOf };
    const found = await readPackaged(entry, options);
    if (found !== undefined) models.push(found);
  }
  return models;
}

function layouts(title: string, folders: readonly string[]): ForeignTool {
  return {
    title,
    folders,
    pathsOf: async ({ digest }) => folders.map((folder) => contentPath(folder, digest)),
    unnamedFiles: async () => [],
    models: (options) => inEach(folders, (folder) => modelsIn(folder, options)),
  };
}

/** Describes llmman's store on a machine. */
export function llmman({ home, platform, env }: Machine): ForeignTool {
  const base = platform === 'win32' ? env['LOCALAPPDATA'] : env['XDG_DATA_HOME'];
  const usual = platform === 'win32' ? join(home, 'AppData', 'Local') : join(home, '.local', 'share');
  const folders = [base, usual].map((data) => (data ? join(data, 'llmman', 'store') : undefined));
  return layouts('llmman', distinctFolders(folders));
}

/** Describes layouts that the user named. @param folders absolute paths. */
export function ociLayouts(folders: readonly string[]): ForeignTool {
  return layouts('OCI image layout', distinctFolders(folders));
}
