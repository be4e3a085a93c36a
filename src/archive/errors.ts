/** What is wrong with archives of strangers. */
import { ModelError } from '../base/error.ts';

/** An archive that cannot be read to its end. @param flaw as in “The archive of this model `ends in its middle`”. */
export function damagedArchive(flaw: string, cause?: unknown): ModelError {
  const message = `The archive of this model ${flaw}, so nothing of it was kept. Tell its publisher, or choose another tag.`;
  return new ModelError('unsupported-artifact', message, { cause });
}

/** A member that is not taken. @param flaw as in “has a member named "a" which `leaves its folder`”. */
export function refusedMember(path: string, flaw: string): ModelError {
  const shown = JSON.stringify(path.slice(0, 100));
  return damagedArchive(`has a member named ${shown} which ${flaw}`);
}
