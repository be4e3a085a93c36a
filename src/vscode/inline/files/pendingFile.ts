/** The changes of one file, of which the user takes or leaves blocks. Pure. */
import type { FileEdit } from '../../../assist/index.ts';
import { type EditBlock, editBlocks, isSameBlock, withBlocks } from '../editBlocks.ts';

/** The proposal for a file, and the lines that it is about. */
export class PendingFile {
  readonly path: string;
  readonly isNew: boolean;
  #lines: readonly string[];
  /** The lines that the model saw, and those after each time that blocks were taken, which undo and redo bring back. */
  #stages: readonly (readonly string[])[];

  /** @param original the lines that the model saw; none of a new file. */
  constructor({ path, isNew, lines }: FileEdit, original: readonly string[]) {
    this.path = path;
    this.isNew = isNew;
    this.#lines = lines;
    this.#stages = [original];
  }

  /** The lines of the file if all that is left is taken. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** True if some blocks were taken. */
  get isTaken(): boolean {
    return this.#stages.length > 1;
  }

  /** Tells if the changes are about the lines that the file has. */
  isAbout(current: readonly string[]): boolean {
    return this.#stageOf(current) >= 0;
  }

  /** The changes that are left, each of which can be taken or left alone. @param current the lines of the file. */
  blocks(current: readonly string[]): EditBlock[] {
    return editBlocks(current, this.#lines);
  }

  /**
   * Leaves blocks out of the changes. Redo may bring back lines in which such a block was taken; the changes are not about
   * those any more, because taking the rest would take the block away again.
   */
  leave(current: readonly string[], left: readonly EditBlock[]): void {
    const kept = this.blocks(current).filter((block) => !left.some((one) => isSameBlock(one, block)));
    this.#lines = withBlocks(current, this.#lines, kept);
    this.#stages = this.#stages.slice(0, this.#stageOf(current) + 1);
  }

  /** Returns the lines of the file with some of its blocks. */
  taking(current: readonly string[], taken: readonly EditBlock[]): readonly string[] {
    return withBlocks(current, this.#lines, taken);
  }

  /** Goes on with what is left. @param current the lines of the file, some blocks of which were taken. */
  goOnFrom(current: readonly string[]): void {
    this.#stages = [...this.#stages, current];
  }

  #stageOf(current: readonly string[]): number {
    return this.#stages.findIndex(
      (stage) => stage.length === current.length && stage.every((line, index) => line === current[index]),
    );
  }
}
