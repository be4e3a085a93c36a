/** The tag of each repository that fits this machine best. */

import { type ListedTag, recommendTag } from '../../../catalog/index.ts';
import type { MachineMemory } from '../../../gguf/index.ts';
import { quantizationIn } from '../../../gguf/index.ts';
import type { Reference } from '../../../oci/index.ts';

/** Tags among which one is recommended. */
const MAX_RECOMMENDED = 2000;

export class Recommendations {
  readonly #memory: () => Promise<MachineMemory>;
  readonly #onChange: (repository: string) => void;
  /** Tags by `registry/repository`. */
  readonly #tags = new Map<string, string>();

  /** @param onChange is called with `registry/repository` when that has another recommended tag. */
  constructor(memory: () => Promise<MachineMemory>, onChange: (repository: string) => void) {
    this.#memory = memory;
    this.#onChange = onChange;
  }

  has({ registry, repository, tag }: Reference): boolean {
    return tag !== undefined && this.#tags.get(`${registry}/${repository}`) === tag;
  }

  /** Chooses a tag as soon as the machine is known: asking its GPU takes a second. */
  async choose(repository: string, listed: readonly ListedTag[]): Promise<void> {
    // Among thousands nobody looks for the mark, and the editor would wait for it.
    if (listed.length > MAX_RECOMMENDED) return;
    // With one tag there is nothing to choose from.
    const choices = listed.filter(({ tag }) => quantizationIn(tag) !== undefined);
    if (choices.length < 2) return;
    const best = recommendTag(choices, await this.#memory(), repository);
    if (best === undefined || best === this.#tags.get(repository)) return;
    this.#tags.set(repository, best);
    this.#onChange(repository);
  }
}
