/** A format of fill-in-the-middle: how a family of models is asked for the text between two others. */
import type { InfillRequest, Mark, Surroundings } from '../../completion.ts';

/** The texts around the hole, exactly as they stand in the file. */
export interface FimContext {
  readonly prefix: string;
  readonly suffix: string;
}

/** The form of a prompt with texts of other files, which a family was trained with. */
export interface RepositoryForm {
  /** Special tokens that it needs beyond those of the format. */
  readonly marks: readonly string[];
  prompt(context: FimContext, surroundings: Surroundings): InfillRequest['prompt'];
}

/** One format. Nothing is put between marks and texts unless the publisher's form has it. */
export interface FimFormat {
  readonly name: string;
  /** Special tokens of a vocabulary that has this format. All of them are needed. */
  readonly marks: readonly string[];
  /** Tells a family apart from an older one with the same marks, by the name of the model. */
  readonly namePattern?: RegExp | undefined;
  /** True if the suffix comes first, so that typing changes only the end of the prompt. */
  readonly suffixFirst: boolean;
  prompt(context: FimContext): InfillRequest['prompt'];
  /** Undefined for a family that was trained with single files, which texts of others would confuse. */
  readonly repository?: RepositoryForm | undefined;
  /**
   * Texts that end the middle. An engine that generates special tokens as such ends there by itself; these are for
   * vocabularies that declare them as ordinary tokens, and for ends that are no tokens.
   */
  readonly stop: readonly string[];
}

/** The three marks of a format. */
export interface FimMarks {
  readonly prefix: string;
  readonly suffix: string;
  readonly middle: string;
}

export const mark = (text: string): Mark => ({ mark: text });

/** Prefix, suffix, middle (PSM). */
export function prefixFirst({ prefix, suffix, middle }: FimMarks): Pick<FimFormat, 'prompt' | 'suffixFirst'> {
  return {
    suffixFirst: false,
    prompt: (context) => [mark(prefix), context.prefix, mark(suffix), context.suffix, mark(middle)],
  };
}

/** Suffix, prefix, middle (SPM). */
export function suffixFirst({ prefix, suffix, middle }: FimMarks): Pick<FimFormat, 'prompt' | 'suffixFirst'> {
  return {
    suffixFirst: true,
    prompt: (context) => [mark(suffix), context.suffix, mark(prefix), context.prefix, mark(middle)],
  };
}

/** `<|fim_prefix|>` and its like, which most families share. */
export const BARRED: FimMarks = {
  prefix: '<|fim_prefix|>',
  suffix: '<|fim_suffix|>',
  middle: '<|fim_middle|>',
};

/** `<fim_prefix>` and its like, which StarCoder began. */
export const ANGLED: FimMarks = { prefix: '<fim_prefix>', suffix: '<fim_suffix>', middle: '<fim_middle>' };

/** The texts of marks, in the order of the format's name. */
export function textsOf({ prefix, suffix, middle }: FimMarks): string[] {
  return [prefix, suffix, middle];
}
