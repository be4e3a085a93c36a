/** The form in which a family of models is asked for the next edit and answers. */
import type { InfillRequest } from '../../inference/index.ts';
import type { EditedPlace, LineRange } from './place.ts';

/** One format. */
export interface NextEditFormat {
  readonly name: string;
  /** Recognizes a model by a name of it, in a registry or in its header: the marks of these families are those of the models that they were made of. */
  readonly namePattern: RegExp;
  /** Texts that are read as marks; what has one in it is not sent. */
  readonly reserved: readonly string[];
  readonly stop: readonly string[];
  /** Returns the lines that the model may write anew. */
  window(place: EditedPlace): LineRange;
  prompt(place: EditedPlace, window: LineRange): InfillRequest['prompt'];
  /** Returns the new lines of the window, or undefined if the answer has none. */
  read(answer: string, window: readonly string[]): readonly string[] | undefined;
}
