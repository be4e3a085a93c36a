/** A rule about next edits: one that is not shown. */
import type { Edit } from '../../completion/context/index.ts';
import type { EditedPlace, LineRange } from '../place.ts';

/** An edit that a model proposes, with the window that it was asked about. */
export interface Proposed {
  readonly edit: Edit;
  readonly window: LineRange;
}

/** One rule. It is pure. */
export interface NextEditRule {
  readonly name: string;
  /** Tells if an edit is worth showing. */
  allows(proposed: Proposed, place: EditedPlace): boolean;
}
