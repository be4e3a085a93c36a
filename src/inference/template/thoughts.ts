/** Thoughts at the end of a prompt: one that the template opened, and an answer that is continued. */

/** Marks of thoughts that templates write. */
const MARKS: readonly (readonly [open: string, close: string])[] = [
  ['<think>', '</think>'],
  ['[THINK]', '[/THINK]'],
  ['<thought>', '</thought>'],
  ['<seed:think>', '</seed:think>'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<mm:think>', '</mm:think>'],
  ['<|channel>thought', '<channel|>'],
];

const HARMONY = {
  thought: '<|channel|>analysis<|message|>',
  end: '<|end|><|start|>assistant',
  text: '<|channel|>final<|message|>',
};

/** Tells if a template writes thoughts in a form that is known, and so may be asked for them. */
export function writesThoughts(template: string): boolean {
  return template.includes('<|channel|>') || MARKS.some(([, close]) => template.includes(close));
}

/** Tells if a prompt ends inside a thought. */
export function endsInThought(prompt: string): boolean {
  const end = prompt.trimEnd();
  return end.endsWith(HARMONY.thought) || MARKS.some(([open]) => end.endsWith(open));
}

/** The beginning of an answer that is continued. */
export interface Beginning {
  readonly text: string;
  readonly thoughtOpen: boolean;
}

/** The part of a template's prompt that opens an answer, and how it opens it if thoughts are switched off. */
export interface Opening {
  readonly asked: string;
  readonly off: string;
  readonly isHarmony: boolean;
}

/**
 * Opens an answer that begins with `thought` and `content`. With content the thought is over: it stands between the
 * marks that the template writes if thoughts are switched off. Without content it goes on.
 */
export function beginAnswer(opening: Opening, content: string, thought = ''): Beginning {
  const thoughtOpen = content === '' && thought !== '';
  if (opening.isHarmony) return { text: beginHarmony(opening.asked, content, thought), thoughtOpen };
  const marks = marksOf(opening);
  if (marks === undefined) return { text: opening.asked + content, thoughtOpen: false };
  const { before, open, inside, close } = marks;
  if (thoughtOpen) return { text: `${before}${open}\n${thought}`, thoughtOpen };
  if (content === '') return { text: opening.asked, thoughtOpen: endsInThought(opening.asked) };
  if (thought !== '') return { text: `${before}${open}\n${thought.trim()}\n${close}${content}`, thoughtOpen };
  return { text: before + inside + close + content, thoughtOpen };
}

function beginHarmony(opening: string, content: string, thought: string): string {
  const thoughts = thought === '' ? '' : HARMONY.thought + thought;
  if (content === '') return opening + thoughts;
  return opening + (thoughts === '' ? '' : thoughts + HARMONY.end) + HARMONY.text + content;
}

/**
 * The last thought of an opening: `before` precedes it, `inside` is an empty one up to its closing mark, and `close` has
 * this mark with everything behind it.
 */
function marksOf({
  asked,
  off,
}: Opening): Record<'before' | 'open' | 'inside' | 'close', string> | undefined {
  for (const opening of [off, asked]) {
    for (const [open, close] of MARKS) {
      const from = opening.lastIndexOf(open);
      const to = opening.indexOf(close, Math.max(from, 0));
      // Some templates close a thought that they never opened.
      const start = from < 0 ? to : from;
      if (start < 0) continue;
      const before = opening.slice(0, start);
      if (to < 0) return { before, open, inside: `${open}\n\n`, close: `${close}\n\n` };
      return { before, open, inside: opening.slice(start, to), close: opening.slice(to) };
    }
  }
  return undefined;
}

/** The mark that a prompt ends with if it ends inside a thought, with the white space behind it; empty otherwise. */
export function openThought(prompt: string): string {
  const end = prompt.trimEnd();
  const mark = MARKS.find(([open]) => end.endsWith(open));
  return mark === undefined ? '' : prompt.slice(end.length - mark[0].length);
}

/** The part of `prompt` that a rendering without the opening of an answer does not have. */
export function openingOf(prompt: string, withoutOpening: string): string {
  let same = 0;
  while (same < prompt.length && prompt[same] === withoutOpening[same]) same++;
  return prompt.slice(same);
}
