/**
 * Sweep's next-edit models (https://huggingface.co/sweepai): https://blog.sweep.dev/posts/oss-next-edit, and Zed's
 * `crates/edit_prediction/src/sweep_prompt.rs`. The model writes all lines of the window anew.
 */
import { type Mark, mark } from '../../../inference/format/fim/index.ts';
import type { NextEditFormat } from '../nextEditFormat.ts';
import { type ChangedLines, windowAround, windowBefore } from '../place.ts';

/** Lines above and below the cursor: 21 in all, the number that it was trained with. */
const AROUND = 10;
const MAX_CHANGES = 3;
const MAX_CHANGE_LINES = 40;
/** Texts that end an answer, so none of them may stand in what the model repeats. */
const STOP = ['<|file_sep|>', '</s>', '<|endoftext|>'];

export const sweep: NextEditFormat = {
  name: 'sweep',
  namePattern: /sweep.*next[-_ ]?edit/i,
  reserved: STOP,
  stop: STOP,
  window: (place) => windowAround(place, AROUND, AROUND),
  prompt: (place, window) => [
    ...place.files.flatMap(({ path, text }) => block(path, text)),
    ...place.edits.slice(-MAX_CHANGES).flatMap(changeBlock),
    ...block(`original/${place.path}`, windowBefore(place, window).join('\n')),
    ...block(`current/${place.path}`, place.lines.slice(window.start, window.end).join('\n')),
    mark('<|file_sep|>'),
    `updated/${place.path}\n`,
  ],
  read: (answer, window) => {
    const lines = answer.split('\n');
    if (answer.trim() === '') return undefined;
    // The line end behind the window belongs to the block.
    return lines.at(-1) === '' && window.at(-1) !== '' ? lines.slice(0, -1) : lines;
  },
};

function changeBlock({ path, removed, added }: ChangedLines): (string | Mark)[] {
  const texts = ['original:', ...short(removed), 'updated:', ...short(added)];
  return block(`${path}.diff`, texts.join('\n'));
}

function block(path: string, text: string): (string | Mark)[] {
  return [mark('<|file_sep|>'), `${path}\n${text}${text.endsWith('\n') ? '' : '\n'}`];
}

/** Leaves out the middle of what is too long; no lines stand as an empty one. */
function short(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [''];
  if (lines.length <= MAX_CHANGE_LINES) return lines;
  const head = MAX_CHANGE_LINES / 2;
  return [...lines.slice(0, head), '...', ...lines.slice(head + 1 - MAX_CHANGE_LINES)];
}
