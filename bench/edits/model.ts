/** The tasks with a real model, through the prompt and the reader that inline edits have. */
import { type Answerer, requestEdit } from '../../src/assist/index.ts';
import { faultOf } from './faults.ts';
import type { Place } from './renderings.ts';

/** The result of a task. */
export interface Attempt {
  readonly place: Place;
  /**
   * `exact` has the form that was asked for: exactly the new lines, or that nothing changes. `wrong` was applied with a
   * fault.
   */
  readonly verdict: 'exact' | 'refused' | 'wrong';
  /** True if the lines are the expected ones. */
  readonly isExpected: boolean;
  /** How the answer ended. */
  readonly form: string;
  readonly tokens: number;
  /** The outcome of the answer, for people. */
  readonly got: string;
}

/** Options of {@link attempts}. */
export interface AttemptOptions {
  /** Longest answer in tokens where there are no lines yet. */
  readonly limitTokens: number;
}

/** Asks a model for the edits of some places, one after the other. */
export async function* attempts(
  places: readonly Place[],
  ready: Answerer,
  options: AttemptOptions,
): AsyncGenerator<Attempt> {
  for (const place of places) {
    const { file, edit, original, before, after } = place;
    const requested = await requestEdit(
      {
        instruction: edit.instruction,
        languageId: file.languageId,
        label: file.path,
        indentation: file.indentation,
        original,
        before,
        after,
      },
      ready,
      {
        signal: new AbortController().signal,
        limitTokens: options.limitTokens,
        onDropped: (what) => console.error(`${file.path}: left out: ${what}`),
      },
    );
    if (requested === undefined) throw new Error('The request was canceled.');
    yield graded(place, requested);
  }
}

type Requested = NonNullable<Awaited<ReturnType<typeof requestEdit>>>;

function graded(place: Place, { edit, answers }: Requested): Attempt {
  const answer = answers.at(-1) ?? answers[0];
  const form = { cancelled: 'stopped at its fence', length: 'cut off', loop: 'repeated itself' }[
    String(answer.stopReason)
  ];
  const again = answers.length > 1 ? ', asked again' : '';
  const tokens = answers.reduce((sum, { answerTokens }) => sum + answerTokens, 0);
  const facts = { place, form: `${form ?? 'ended by itself'}${again}`, tokens };
  if (edit.kind === 'refused')
    return { ...facts, verdict: 'refused', isExpected: false, got: `(${edit.reason})\n${answer.text}` };
  const lines = edit.kind === 'lines' ? edit.lines : place.original;
  const fault = faultOf(place, lines);
  const isExpected = lines.join('\n') === place.edit.lines.join('\n');
  const got = lines.join('\n');
  if (fault !== undefined) return { ...facts, verdict: 'wrong', isExpected, got: `(${fault})\n${got}` };
  return { ...facts, verdict: 'exact', isExpected, got };
}
