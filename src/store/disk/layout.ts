/**
 * Where things lie in a store.
 *
 *   store.json               version of this layout, and the id of this store
 *   oci-layout, index.json   OCI image-spec image-layout.md; index.json is derived from refs/
 *   blobs/<alg>/<hex>        verified content
 *   ingest/<alg>-<hex>/      content on its way: state.json, progress.json, lock, and data (or the files of a layer:
 *                            see layerFiles.ts and unpacking.ts)
 *   ingest/tmp-<store>-<id>  files before they get their name, and what is being removed
 *   quarantine/<alg>-<hex>   content that was found damaged, until good content took its place
 *   leases/<id>.{json,lock}  digests that a running process needs, though no reference does yet
 *   unpacked/<alg>-<hex>.json  what came out of a layer that is not kept; may be deleted at any time
 *   refs/<name>.json         one file for each reference
 *   models/<name>/           hard links with the names that llama.cpp expects
 *   records/                 which files this store made: see records.ts
 *   cache/<name>.ndjson      what was derived from the above, to open quickly; may be deleted at any time
 *   moving.json, move.lock   while models come from another store: see move.ts
 *   housekeeping.json        when garbage was collected last
 *   reserve                  a megabyte that makes way for the removal of models on a full disk
 *   store.lock               held while refs, index.json and leases change
 */
import { createHash, randomUUID } from 'node:crypto';
import { join, relative, resolve, sep } from 'node:path';
import { ModelError } from '../../base/error.ts';
import { parseDigest, tryParseDigest } from '../../oci/spec/digest.ts';
import { formatReference, type Reference } from '../../oci/spec/reference.ts';

/** The paths of one store. */
export class Layout {
  readonly root: string;
  /** Of this store, which store.json has; absent in one that may only be read and that an older version made. */
  id: string | undefined;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** A new name for a file that gets another one, or goes, in a moment. @param folder Defaults to `ingest/`. */
  temporary(folder = this.ingests): string {
    const prefix = folder === this.ingests ? 'tmp' : '.tmp';
    const store = this.id === undefined ? '' : `${this.id}-`;
    return join(folder, `${prefix}-${store}${randomUUID()}`);
  }

  /** The folder in the root that `path` is below, such as `models/`. */
  topFolder(path: string): string {
    return join(this.root, relative(this.root, path).split(sep)[0] ?? '');
  }

  /** Tells whether {@link temporary} of this store made the name. */
  isTemporary(name: string): boolean {
    if (this.id === undefined) return false;
    const rest = [`tmp-${this.id}-`, `.tmp-${this.id}-`].find((prefix) => name.startsWith(prefix));
    return rest !== undefined && UUID.test(name.slice(rest.length));
  }

  get version(): string {
    return join(this.root, 'store.json');
  }
  get ociLayout(): string {
    return join(this.root, 'oci-layout');
  }
  get index(): string {
    return join(this.root, 'index.json');
  }
  get lock(): string {
    return join(this.root, 'store.lock');
  }
  get refs(): string {
    return join(this.root, 'refs');
  }
  get blobs(): string {
    return join(this.root, 'blobs');
  }
  get models(): string {
    return join(this.root, 'models');
  }
  get ingests(): string {
    return join(this.root, 'ingest');
  }
  get quarantine(): string {
    return join(this.root, 'quarantine');
  }
  get unpackedLayers(): string {
    return join(this.root, 'unpacked');
  }
  get records(): string {
    return join(this.root, 'records');
  }
  get leases(): string {
    return join(this.root, 'leases');
  }
  get reserve(): string {
    return join(this.root, 'reserve');
  }
  get moving(): string {
    return join(this.root, 'moving.json');
  }
  get housekeeping(): string {
    return join(this.root, 'housekeeping.json');
  }

  /** The file of a cache. @param name plain, such as `references`. */
  cache(name: string): string {
    return join(this.root, 'cache', `${name}.ndjson`);
  }

  /** @throws ModelError `reference-invalid` where `digest` is not one. */
  blob(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.blobs, algorithm, hex);
  }

  /** @throws ModelError `reference-invalid` where `digest` is not one. */
  ingest(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.ingests, `${algorithm}-${hex}`);
  }

  /** @throws ModelError `reference-invalid` where `digest` is not one. */
  quarantined(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.quarantine, `${algorithm}-${hex}`);
  }

  /** What came out of a layer. @throws ModelError `reference-invalid` where `digest` is not one. */
  unpacked(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.unpackedLayers, `${algorithm}-${hex}.json`);
  }

  /** What proves that content was made. @throws ModelError `reference-invalid` where `digest` is not one. */
  blobRecord(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.records, 'blobs', `${algorithm}-${hex}.json`);
  }

  /** @throws ModelError `reference-invalid` where `digest` is not one. */
  quarantineRecord(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.records, 'quarantine', `${algorithm}-${hex}.json`);
  }

  nameRecord(reference: Reference): string {
    return this.nameRecordOf(safeName(reference));
  }

  /** @param name of a folder in `models/`. */
  nameRecordOf(name: string): string {
    return join(this.records, 'names', `${name}.json`);
  }

  ref(reference: Reference): string {
    return join(this.refs, `${safeName(reference)}.json`);
  }

  model(reference: Reference): string {
    return join(this.models, safeName(reference));
  }

  /** The path of one file of a model. @throws ModelError `store-error` where `name` would leave its folder. */
  modelFile(reference: Reference, name: string): string {
    if (!isPlainPath(name)) {
      const message = `The file name “${name.slice(0, 100)}” cannot be used on this machine, so the model is not stored.`;
      throw new ModelError('store-error', message);
    }
    return join(this.model(reference), ...name.split('/'));
  }
}

/** As `randomUUID` makes them. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The digest in a name such as `sha256-<hex>`, as ingests and quarantine have it; undefined for other names. */
export function digestOfName(name: string): string | undefined {
  const digest = name.replace('-', ':');
  return tryParseDigest(digest) === undefined ? undefined : digest;
}

/**
 * The last line of defence before a path is built: every part of `name` is a plain name. (What names a
 * publisher may use is the artifact reader's matter, and stricter.)
 */
export function isPlainPath(name: string): boolean {
  return name
    .split('/')
    .every(
      (part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part) && part.length <= 255,
    );
}

const MAX_SAFE_NAME = 120;

/**
 * A reference as one file name: `docker.io_ai_smollm2_latest`. Tags are case-sensitive and some disks are
 * not, `_` may be in a repository's name too, and Windows reserves names, so every reference that is not
 * plain gets a piece of its hash behind `~`, a character that no reference has.
 */
export function safeName(reference: Reference): string {
  const name = formatReference(reference);
  const readable = name.replaceAll(/[^A-Za-z0-9.-]/g, '_').slice(0, MAX_SAFE_NAME);
  const plain =
    /^[a-z0-9./-]+:[a-z0-9.-]+$/.test(name) && name.length <= MAX_SAFE_NAME && !/^[.-]|\.$/.test(name);
  const prefix = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(readable) ? '_' : '';
  if (plain) return prefix + readable;
  return `${prefix}${readable}~${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}
