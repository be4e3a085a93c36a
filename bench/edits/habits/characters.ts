/** Other characters and numbers in the new lines. */

import {
  always,
  block,
  escapedForHtml,
  exact,
  fresh,
  isInsertion,
  type Place,
  type Render,
  text,
  unlessEmpty,
} from '../renderings.ts';
import {
  eachLine,
  hasBraces,
  indented,
  isClear,
  isCode,
  isMarkdown,
  never,
  numbers,
  where,
} from './shared.ts';

/** Other characters and numbers in the new lines. */
export const CHARACTERS: Readonly<Record<string, Render>> = {
  // Characters.
  'line ends of old Macs': never(
    (place) => !isMarkdown(place) && place.edit.lines.length > 1,
    (place) => fresh(place).replace(/\n/g, '\r'),
  ),
  'mixed line ends': always((place) =>
    fresh(place).replace(/\n/g, (_, at: number) => (at % 2 === 0 ? '\r\n' : '\n')),
  ),
  'byte order mark in the block': unlessEmpty(({ edit, file }) =>
    block(
      edit.lines.map((line, index) => (index === 0 ? `\uFEFF${line}` : line)),
      file.info,
    ),
  ),
  'hard spaces for indentation': eachLine(
    (line) => indented(line, (indent) => indent.replace(/ /g, '\u00A0')),
    () => true,
  ),
  'hard spaces everywhere': eachLine(
    (line) => line.replace(/ /g, '\u00A0'),
    () => true,
  ),
  'hard spaces here and there': eachLine(
    (line, index) => (index % 2 === 0 ? line.replace(/(?<=\S) (?=\S)/, '\u00A0') : line),
    isCode,
  ),
  'invisible characters': eachLine(
    (line) => line.replace(/^(\s*)(?=\S)/, '$1\u200B'),
    () => true,
  ),
  'tabs among spaces': where(
    ({ file, edit }) =>
      file.indentation !== '\t' &&
      isCode({ file } as Place) &&
      edit.lines.filter((line) => line.startsWith(file.indentation)).length > 1,
    ({ edit, file }) =>
      block(
        edit.lines.map((line, index) =>
          index % 2 === 0 ? line : indented(line, (indent) => indent.replaceAll(file.indentation, '\t')),
        ),
        file.info,
      ),
  ),
  'spaces among tabs': where(
    ({ file, edit }) =>
      file.indentation === '\t' &&
      isCode({ file } as Place) &&
      edit.lines.filter((line) => line.startsWith('\t')).length > 1,
    ({ edit, file }) =>
      block(
        edit.lines.map((line, index) =>
          index % 2 === 0 ? line : indented(line, (indent) => indent.replaceAll('\t', '    ')),
        ),
        file.info,
      ),
  ),
  'quotation marks of prose': eachLine(
    (line) => line.replace(/"([^"]*)"/g, '“$1”').replace(/'([^']*)'/g, '‘$1’'),
    isCode,
  ),
  'wide punctuation': eachLine(
    (line) => line.replace(/\(/g, '（').replace(/\)/g, '）').replace(/,/g, '，'),
    isCode,
  ),
  'wide semicolons': eachLine((line) => line.replace(/;/g, '；'), hasBraces),
  'escaped underscores': eachLine((line) => line.replace(/_/g, '\\_'), isCode),
  'escaped stars and brackets': eachLine((line) => line.replace(/[*[\]]/g, '\\$&'), hasBraces),
  'quotes of HTML': eachLine(
    (line) =>
      line
        .replace(/&/g, '&amp;')
        .replace(/"/g, '&quot;')
        .replace(/'/g, '&#39;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;'),
    isCode,
  ),
  'characters of HTML without a fence': where(
    (place) =>
      isCode(place) && isClear(place) && text(escapedForHtml(place.edit.lines)) !== text(place.edit.lines),
    ({ edit }) => text(escapedForHtml(edit.lines)),
  ),
  'elements of HTML': where(
    (place) => isCode(place) && isClear(place),
    ({ edit }) => `<pre><code>${text(escapedForHtml(edit.lines))}</code></pre>`,
  ),
  'arrows for operators': eachLine(
    (line) => line.replace(/=>/g, '⇒').replace(/->/g, '→').replace(/!=/g, '≠').replace(/<=/g, '≤'),
    isCode,
  ),
  'line breaks in words': where(
    (place) => hasBraces(place) && place.edit.lines.length > 1,
    ({ edit, file }) => block([edit.lines.join('\\n')], file.info),
  ),
  'a string of JSON': where(
    (place) => isCode(place) && isClear(place) && place.edit.lines.length > 1,
    ({ edit }) => JSON.stringify(text(edit.lines)),
  ),
  'an empty line behind each': where(
    (place) =>
      isCode(place) && place.edit.lines.length > 3 && !isInsertion(place) && !place.edit.lines.includes(''),
    ({ edit, file }) => block(edit.lines.flatMap((line) => [line, '']).slice(0, -1), file.info),
  ),

  // Numbers.
  'numbers with bars, padded': numbers((number, line) => `${String(number).padStart(4)} | ${line}`),
  'numbers with bars, close': numbers((number, line) => `${number}|${line}`),
  'numbers with arrows': numbers((number, line) => `${String(number).padStart(6)}→${line}`),
  'numbers with a letter': numbers((number, line) => `L${number}: ${line}`),
  'numbers from one': numbers((number, line) => `${number} | ${line}`, 1),
  'numbers in brackets': numbers((number, line) => `[${number}] ${line}`),
  'numbers before some lines': (place) =>
    place.edit.lines.length < 3 || !isCode(place)
      ? undefined
      : exact(
          block(
            place.edit.lines.map((line, index) =>
              index % 2 === 0 ? `${place.edit.start + index + 1} | ${line}` : line,
            ),
            place.file.info,
          ),
        ),
};
