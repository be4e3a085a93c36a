/**
 * Which of several GGUFs is the model, when their names, types and sizes leave it open: the header of each says what it
 * is. Who has the files, or a registry, reads the headers; they are only read if the manifest alone does not tell.
 */
import type { FileRole } from './artifact.ts';
import { SeveralModelsError } from './names/shards.ts';

/** Roles by digest; `weights` for a model. Files whose header tells nothing are missing. */
export type HeaderRoles = ReadonlyMap<string, FileRole>;

/** Headers that are read at most. */
const MAX_HEADERS = 16;

/** Roles of what is no language model, by the kinds of gguf/kind.ts. */
const ROLES: Readonly<Record<string, FileRole>> = {
  adapter: 'adapter',
  'control-vector': 'adapter',
  projector: 'projector',
  vocabulary: 'tokenizer',
  draft: 'draft',
};

/**
 * What `read` makes of a manifest, once more with the roles that headers tell if it finds several models.
 * @param kindOf what the header of a file tells: a kind of gguf/kind.ts, `model`, or undefined if it cannot be read.
 * @throws what `read` and `kindOf` throw.
 */
export async function decideByHeaders<Result>(
  read: (headers?: HeaderRoles) => Result,
  kindOf: (digest: string) => Promise<string | undefined>,
): Promise<Result> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SeveralModelsError) || error.digests.length > MAX_HEADERS) throw error;
    const roles = new Map<string, FileRole>();
    for (const digest of error.digests) {
      const kind = await kindOf(digest);
      if (kind !== undefined) roles.set(digest, kind === 'model' ? 'weights' : (ROLES[kind] ?? 'other'));
    }
    return read(roles);
  }
}
