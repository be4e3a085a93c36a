/**
 * Where things lie in a store.
 *
 *   store.json               version of this layout
 *   oci-layout, index.json   OCI image-spec image-layout.md; index.json is derived from refs/
 *   blobs/<alg>/<hex>        verified content
 *   ingest/<alg>-<hex>/      content on its way: data, state.json, progress.json, lock
 *   refs/<name>.json         one file for each reference
 *   models/<name>/           hard links with the names that llama.cpp expects
 *   store.lock               held while refs and index.json change
 */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { ModelError } from '../base/error.ts';
import { parseDigest } from '../oci/digest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';

/** The paths of one store. */
export class Layout {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
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

  ref(reference: Reference): string {
    return join(this.refs, `${safeName(reference)}.json`);
  }

  model(reference: Reference): string {
    return join(this.models, safeName(reference));
  }

  /** The path of one file of a model. @throws ModelError `store-error` where `name` would leave its folder. */
  modelFile(reference: Reference, name: string): string {
    if (!isInside(name)) {
      const message = `The file name “${name.slice(0, 100)}” cannot be used on this machine, so the model is not stored.`;
      throw new ModelError('store-error', message);
    }
    return join(this.model(reference), ...name.split('/'));
  }
}

/**
 * The last line of defence before a path is built: every part of `name` is a plain name. (What names a
 * publisher may use is the artifact reader's matter, and stricter.)
 */
function isInside(name: string): boolean {
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
