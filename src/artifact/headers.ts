/**
 * Decides by headers which of several GGUFs is the model, if their names, types and sizes do not. The owner of the
 * files, or a registry, provides the headers; they are read only if the manifest alone is ambiguous.
 */
import type { FileRole } from './artifact.ts';
import { SeveralModelsError } from './names/shards.ts';

/** Roles by digest; `weights` for a model. Files whose headers say nothing are missing. */
export type HeaderRoles = ReadonlyMap<string, FileRole>;

/** Most headers that are read. */
const MAX_HEADERS = 16;

/** Roles of GGUFs that are not language models, by the kinds of gguf/kind.ts. */
const ROLES: Readonly<Record<string, FileRole>> = {
  adapter: 'adapter',
  'control-vector': 'adapter',
  projector: 'projector',
  vocabulary: 'tokenizer',
  draft: 'draft',
};

/**
 * Calls `read`, and calls it again with the roles from headers if it finds several models.
 * @param kindOf returns a kind of gguf/kind.ts, `model`, or undefined if the header cannot be read.
 * @throws any error of `read` and `kindOf`.
 */
export async function decideByHeaders<Result>(
  read: (headers?: HeaderRoles) => Result | Promise<Result>,
  kindOf: (digest: string) => Promise<string | undefined>,
): Promise<Result> {
  try {
    return await read();
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
