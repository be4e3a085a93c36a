/** Fences, marks of templates and text around the new lines. */

import { always, block, ends, fresh, isInsertion, type Render, text } from '../renderings.ts';
import { isClear, isCode, isMarkdown, where } from './shared.ts';

/** Fences, marks of templates and text around the new lines. */
export const FRAMES: Readonly<Record<string, Render>> = {
  // Fences.
  'opening fence of two': where(
    (place) => !isMarkdown(place),
    ({ edit, file }) => text([`\`\`${file.info}`, ...edit.lines, '```']),
  ),
  'closing fence of two': where(
    (place) => !isMarkdown(place),
    ({ edit, file }) => text([`\`\`\`${file.info}`, ...edit.lines, '``']),
  ),
  'closing fence of four': where(
    (place) => !isMarkdown(place),
    ({ edit, file }) => text([`\`\`\`${file.info}`, ...edit.lines, '````']),
  ),
  'closed on the last line': where(
    (place) => !isMarkdown(place) && place.edit.lines.at(-1) !== '',
    ({ edit, file }) => `${text([`\`\`\`${file.info}`, ...edit.lines])}\`\`\``,
  ),
  'closed by tildes': where(
    (place) => !isMarkdown(place),
    ({ edit, file }) => text([`\`\`\`${file.info}`, ...edit.lines, '~~~']),
  ),
  'opened by tildes': where(
    (place) => !isMarkdown(place) && isClear(place),
    ({ edit, file }) => text([`~~~${file.info}`, ...edit.lines, '```']),
  ),
  'tildes and talk': always(
    ({ edit, file }) => `Here:\n\n${block(edit.lines, file.info, '~')}\n\nI hope this helps!`,
  ),
  'fence within a fence': where(
    (place) => !isMarkdown(place),
    (place) => `\`\`\`\n${fresh(place)}\n\`\`\``,
  ),
  'space before the info': always(({ edit, file }) => block(edit.lines, ` ${file.info}`)),
  'info in capitals': always(({ edit, file }) => block(edit.lines, file.info.toUpperCase())),
  'info in braces': always(({ edit, file }) => block(edit.lines, `{.${file.info}}`)),
  'info with a path and lines': always(({ edit, file }) =>
    block(edit.lines, `${file.info}:${file.path}:${edit.start + 1}-${edit.start + 4}`),
  ),
  'language on a line of its own': where(
    (place) => isCode(place),
    ({ edit, file }) => block([file.languageId, ...edit.lines], ''),
  ),
  'fence in a numbered list': where(
    (place) => !isMarkdown(place),
    (place) =>
      `1. Change the lines:\n\n${fresh(place)
        .split('\n')
        .map((line) => (line === '' ? '' : `   ${line}`))
        .join('\n')}\n\n2. Save the file.`,
  ),
  'fence with four spaces': where(
    (place) => !isMarkdown(place),
    (place) =>
      fresh(place)
        .split('\n')
        .map((line) => (line === '' ? '' : `    ${line}`))
        .join('\n'),
  ),
  'fence opened twice': where(
    (place) => !isMarkdown(place),
    ({ edit, file }) => text([`\`\`\`${file.info}`, `\`\`\`${file.info}`, ...edit.lines, '```']),
  ),
  'fence closed twice': where(
    (place) => !isMarkdown(place),
    (place) => `${fresh(place)}\n\`\`\``,
  ),
  'word for the end': always((place) => `${fresh(place)}\nEND`),
  'tag for the end': always((place) => `${fresh(place)}\n[END]`),

  // Marks of templates.
  'mark of Llama 3': ends('<|eot_id|>'),
  'mark of Phi': ends('<|end|>'),
  'mark of Qwen’s base': ends('<|endoftext|>'),
  'mark of Granite': ends('<|end_of_text|>'),
  'half a mark': ends('<|im_end'),
  'mark and another answer': always(
    (place) => `${fresh(place)}<|im_end|>\n<|im_start|>assistant\n\`\`\`\nno();\n\`\`\`<|im_end|>`,
  ),
  'mark in the block': where(
    (place) => !isMarkdown(place) && isClear(place),
    ({ edit, file }) => text([`\`\`\`${file.info}`, ...edit.lines, '<|im_end|>', '```']),
  ),
  'header of ChatML': always((place) => `<|im_start|>assistant\n${fresh(place)}<|im_end|>`),
  'header of Llama 3': always(
    (place) => `<|start_header_id|>assistant<|end_header_id|>\n\n${fresh(place)}<|eot_id|>`,
  ),
  'header of Gemma': always((place) => `<start_of_turn>model\n${fresh(place)}<end_of_turn>`),
  'name of the speaker': always(
    (place) => `Assistant: Here it is.\n\n${fresh(place)}\n\nUser: Thanks!\nAssistant: You are welcome!`,
  ),
  'empty thought': always((place) => `<think>\n\n</think>\n\n${fresh(place)}`),
  'thought with the old code': where(
    (place) => !isInsertion(place),
    (place) =>
      `<think>\nThe code is\n${block(place.original, place.file.info)}\nso I change it.\n</think>\n${fresh(place)}`,
  ),
  'thought behind': always((place) => `${fresh(place)}\n<think>\nThat was easy.\n</think>`),
  'channels without marks': where(
    (place) => !isMarkdown(place),
    (place) => `analysisWe need to change the lines.assistantfinal${fresh(place)}`,
  ),

  // Text around.
  'list before': always((place) => `- Changed the lines\n- Kept the rest\n\n${fresh(place)}`),
  'headings around': where(
    (place) => !isMarkdown(place),
    (place) => `### Updated Code\n\n${fresh(place)}\n\n### Explanation\n\n- **Lines**: they are new.`,
  ),
  'label in bold': always((place) => `**Updated code:**\n${fresh(place)}`),
  'path above': always((place) => `\`${place.file.path}\`:\n${fresh(place)}`),
  'table behind': always((place) => `${fresh(place)}\n\n| Line | Change |\n|---|---|\n| 1 | new |`),
  'rule behind': always((place) => `${fresh(place)}\n\n---\n\nNote: the rest stays.`),
  'text right behind': always((place) => `${fresh(place)}\nThis changes the lines as you asked.`),
  'sentence in the block': where(isCode, ({ edit, file }) =>
    block(['Here is the updated code:', '', ...edit.lines], file.info),
  ),
  'explanation in the block': where(isCode, ({ edit, file }) =>
    block([...edit.lines, '', 'This function now does what you asked for, and nothing else.'], file.info),
  ),
  'prompt repeated': where(
    (place) => !isInsertion(place) && !isMarkdown(place),
    (place) =>
      `Selected code, ${place.file.path}:\n${block(place.original, place.file.info)}\n\n${place.edit.instruction}\n\n${fresh(place)}`,
  ),
};
