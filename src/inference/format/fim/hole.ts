/** The form for engines that write the marks of a model themselves, since its vocabulary is somewhere else. */
import type { InfillRequest, Mark } from '../../completion.ts';
import type { FimFormat } from './fimFormat.ts';

/** Stands for the text to fill in. It is no special token of any vocabulary. */
export const HOLE: Mark = { mark: '\uFFFC' };

export const hole: FimFormat = {
  name: 'of the server',
  marks: [],
  suffixFirst: false,
  prompt: ({ prefix, suffix }) => [prefix, HOLE, suffix],
  stop: [],
};

/** Returns the texts around the hole, or undefined if a prompt is of another form. */
export function aroundHole(
  prompt: InfillRequest['prompt'],
): { readonly prefix: string; readonly suffix: string } | undefined {
  const [prefix, mark, suffix] = prompt;
  const isHole = prompt.length === 3 && typeof mark === 'object' && mark.mark === HOLE.mark;
  return isHole && typeof prefix === 'string' && typeof suffix === 'string' ? { prefix, suffix } : undefined;
}
