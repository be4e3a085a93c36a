/**
 * The paths in a store.
 *
 *   store.json               version of this layout, and the id of this store
 *   oci-layout, index.json   OCI image-spec image-layout.md; index.json is derived from refs/
 *   blobs/<alg>/<hex>        verified content
 *   ingest/<alg>-<hex>/      a download: state.json, progress.json, lock, and data (or the files of a layer: see
 *                            layerFiles.ts and unpacking.ts)
 *   ingest/tmp-<store>-<id>  files before they get their name, and files that are being removed
 *   quarantine/<alg>-<hex>   damaged content, until good content replaces it
 *   leases/<id>.{json,lock}  digests that a running process needs, though no reference does yet
 *   unpacked/<alg>-<hex>.json  the members of a layer that is not kept; may be deleted at any time
 *   refs/<name>.json         one file for each reference
 *   models/<name>/           hard links with the names that llama.cpp expects
 *   records/                 the proof of what this store made: see records.ts
 *   cache/<name>.ndjson      data derived from the above, to open quickly; may be deleted at any time
 *   moving.json, move.lock   present while models are moved from another store: see move.ts
 *   housekeeping.json        the time of the last garbage collection
 *   reserve                  a megabyte that is given up to remove models on a full disk
 *   store.lock               held while refs, index.json and leases change
 */
import { createHash, randomUUID } from 'node:crypto';
import { join, relative, resolve, sep } from 'node:path';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { parseDigest, tryParseDigest } from '../../oci/spec/digest.ts';
import { formatReference, type Reference } from '../../oci/spec/reference.ts';

/** The file that makes a folder a store. */
export const MARKER_NAME = 'store.json';

/** The paths of one store. */
export class Layout {
  readonly root: string;
  /** The store's id, from store.json. Undefined in a read-only store of an older version. */
  id: string | undefined;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** Returns a new name for a file that is about to be renamed or removed. @param folder Defaults to `ingest/`. */
  temporary(folder = this.ingests): string {
    const prefix = folder === this.ingests ? 'tmp' : '.tmp';
    const store = this.id === undefined ? '' : `${this.id}-`;
    return join(folder, `${prefix}-${store}${randomUUID()}`);
  }

  /** Returns the folder of the root that contains `path`, such as `models/`. */
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
    return join(this.root, MARKER_NAME);
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

  /** Returns the file of a cache. @param name plain, such as `references`. */
  cache(name: string): string {
    return join(this.root, 'cache', `${name}.ndjson`);
  }

  /** @throws ModelError `reference-invalid` if `digest` is invalid. */
  blob(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.blobs, algorithm, hex);
  }

  /** @throws ModelError `reference-invalid` if `digest` is invalid. */
  ingest(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.ingests, `${algorithm}-${hex}`);
  }

  /** @throws ModelError `reference-invalid` if `digest` is invalid. */
  quarantined(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.quarantine, `${algorithm}-${hex}`);
  }

  /** Returns the record of an unpacked layer. @throws ModelError `reference-invalid` if `digest` is invalid. */
  unpacked(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.unpackedLayers, `${algorithm}-${hex}.json`);
  }

  /** Returns the record that proves content to be ours. @throws ModelError `reference-invalid` if `digest` is invalid. */
  blobRecord(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.records, 'blobs', `${algorithm}-${hex}.json`);
  }

  /** @throws ModelError `reference-invalid` if `digest` is invalid. */
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

  /** Returns the path of a model's file. @throws ModelError `store-error` if `name` would leave the model's folder. */
  modelFile(reference: Reference, name: string): string {
    if (!isPlainPath(name)) {
      const message = t(
        'The model was not stored, because its file name “{0}” cannot be used on this machine. Choose another tag, or tell the publisher.',
        name.slice(0, 100),
      );
      throw new ModelError('store-error', message);
    }
    return join(this.model(reference), ...name.split('/'));
  }
}

/** Matches an id that `randomUUID` made. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Returns the digest in a name such as `sha256-<hex>`, as in `ingest/` and `quarantine/`, or undefined. */
export function digestOfName(name: string): string | undefined {
  const digest = name.replace('-', ':');
  return tryParseDigest(digest) === undefined ? undefined : digest;
}

/**
 * Tells whether every part of `name` is a plain name: the last line of defense before a path is built. (The artifact
 * reader decides which names a publisher may use, and is stricter.)
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
 * Returns a reference as one file name: `docker.io_ai_smollm2_latest`. Tags are case-sensitive and some disks are not,
 * repository names may contain `_`, and Windows reserves names. So every reference that is not plain gets a part of its
 * hash after `~`, a character that no reference has.
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
