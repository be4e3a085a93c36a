/** Lines that are only mentioned, too many or elsewhere, and other ways to say a change. */

import {
  block,
  dedented,
  fresh,
  isInsertion,
  type Render,
  refused,
  text,
  unifiedDiff,
} from '../renderings.ts';
import {
  comment,
  hasComments,
  isCode,
  isWordy,
  lazy,
  lazyAnswer,
  never,
  otherPart,
  where,
} from './shared.ts';

/** Lines that are only mentioned, too many or elsewhere, and other ways to say a change. */
export const PLACES: Readonly<Record<string, Render>> = {
  // Lines that are only mentioned.
  'rest of the code': lazy('... rest of the code ...'),
  'rest remains the same': lazy('(rest of the code remains the same)'),
  'rest unchanged': lazy('Rest of the function unchanged'),
  'previous code': lazy('... previous code here'),
  'dots alone': (place) => lazyAnswer(place, '...'),
  'lines around left out': where(
    (place) => hasComments(place) && place.before.length > 0 && place.after.length > 0,
    (place) =>
      block(
        [
          comment(place, '... existing code ...'),
          ...place.edit.lines,
          comment(place, '... existing code ...'),
        ],
        place.file.info,
      ),
  ),

  // Lines too many, lines elsewhere.
  'selection before the new lines': where(
    (place) => isCode(place) && !isInsertion(place) && place.original.length > 1,
    ({ original, edit, file }) => block([...original, '', ...edit.lines], file.info),
  ),
  'new lines twice in a block': where(
    (place) => isCode(place) && place.edit.lines.length > 1,
    ({ edit, file }) => block([...edit.lines, '', ...edit.lines], file.info),
  ),
  'selection behind the new lines': where(
    (place) => isCode(place) && !isInsertion(place) && place.original.length > 1,
    ({ original, edit, file }) => block([...edit.lines, '', ...original], file.info),
  ),
  'another part of the file': (place) => {
    const lines = otherPart(place);
    return lines === undefined || !isCode(place) || isInsertion(place)
      ? undefined
      : refused(block(lines, place.file.info));
  },
  'another part, column 0': (place) => {
    const lines = otherPart(place);
    return lines === undefined || !isCode(place) || isInsertion(place)
      ? undefined
      : refused(block(dedented(lines), place.file.info));
  },
  'line before repeated': where(
    (place) => isCode(place) && isWordy(place.before.at(-1) ?? ''),
    ({ before, edit, file }) => block([before.at(-1) ?? '', ...edit.lines], file.info),
  ),
  'line behind repeated': where(
    (place) => isCode(place) && isWordy(place.after[0] ?? ''),
    ({ after, edit, file }) => block([...edit.lines, after[0] ?? ''], file.info),
  ),
  'made-up function around': where(
    (place) => place.file.info === 'ts' && !isInsertion(place),
    ({ edit, file }) =>
      block(
        [
          'function example() {',
          ...dedented(edit.lines).map((line) => (line === '' ? '' : `  ${line}`)),
          '}',
          '',
          'example();',
        ],
        file.info,
      ),
  ),

  // Other ways to say a change.
  'a diff of plus signs only': where(
    (place) => isCode(place) && !isInsertion(place),
    ({ edit, file }) =>
      block(
        edit.lines.map((line) => `+${line}`),
        file.info,
      ),
  ),
  'a diff with arrows': where(
    (place) => isCode(place) && !isInsertion(place),
    ({ original, edit }) =>
      text([
        `${edit.start + 1}c${edit.start + 1}`,
        ...original.map((line) => `< ${line}`),
        '---',
        ...edit.lines.map((line) => `> ${line}`),
      ]),
  ),
  'a diff and the new lines': where(
    (place) => isCode(place) && !isInsertion(place),
    (place) => `\`\`\`diff\n${unifiedDiff(place)}\n\`\`\`\n\nFull code:\n\n${fresh(place)}`,
  ),
  'marks of a merge': where(
    (place) => isCode(place) && !isInsertion(place),
    ({ original, edit, file }) =>
      block(['<<<<<<< HEAD', ...original, '=======', ...edit.lines, '>>>>>>> new'], file.info),
  ),
  'replace in words': never(
    (place) => isCode(place) && place.original.length === 1 && place.edit.lines.length === 1,
    ({ original, edit }) =>
      `Replace \`${text(original).trim()}\` with the following code and then run the tests: ${text(edit.lines).trim()}`,
  ),
  'a command of sed': never(
    (place) => isCode(place) && place.file.info !== 'bash',
    ({ file }) => `\`\`\`bash\nsed -i 's/old/new/' ${file.path}\n\`\`\``,
  ),
  'words changed in a line': never(
    (place) => isCode(place) && !isInsertion(place),
    ({ original, file }) =>
      block(
        original.map((line) => line.replace(/(\w+)/, '[-$1-]{+new+}')),
        file.info,
      ),
  ),
  'a call in Python': never(
    (place) => isCode(place) && place.file.info !== 'python',
    ({ file, edit }) =>
      `\`\`\`tool_code\nprint(default_api.edit(path="${file.path}", line=${edit.start}))\n\`\`\``,
  ),
  'prompts of Python': never(
    (place) => place.file.info === 'python',
    ({ edit, file }) =>
      block(
        edit.lines.map((line) => `>>> ${line}`),
        file.info,
      ),
  ),
  'a star before each line': where(
    (place) => isCode(place) && place.edit.lines.length > 2,
    ({ edit, file }) =>
      block(
        edit.lines.map((line) => `* ${line}`),
        file.info,
      ),
  ),
  'tags of an edit': where(
    (place) => isCode(place),
    ({ edit, file }) => `<edit path="${file.path}">\n${text(edit.lines)}\n</edit>`,
  ),
};
