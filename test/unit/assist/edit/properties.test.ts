/** Rules for all answers: random edits in every form, and answers that were damaged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_FORMS, graded } from '../../../../bench/edits/corpus.ts';
import { type Place, renderings } from '../../../../bench/edits/renderings.ts';
import { createEditReader, readEdit } from '../../../../src/assist/edit/index.ts';
import { runs } from '../../../support/longRuns.ts';
import { randomFrom } from '../../../support/random.ts';
import { SEED } from '../../../support/seed.ts';

type Random = () => number;

function pick<T>(random: Random, list: readonly T[]): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('There is nothing to pick from.');
  return item;
}

const NAMES = 'alpha beta gamma delta total count index value user order price name list queue'.split(' ');

interface Dialect {
  readonly languageId: string;
  readonly info: string;
  readonly indentation: string;
  readonly open: (random: Random) => string;
  readonly close: string | undefined;
  readonly statement: (random: Random) => string;
}

const DIALECTS: readonly Dialect[] = [
  {
    languageId: 'typescript',
    info: 'ts',
    indentation: '  ',
    open: (random) =>
      pick(random, ['if', 'while']) + ` (${pick(random, NAMES)} < ${Math.floor(random() * 99)}) {`,
    close: '}',
    statement: (random) =>
      pick(random, [
        `const ${pick(random, NAMES)} = ${pick(random, NAMES)}(${Math.floor(random() * 999)});`,
        `return ${pick(random, NAMES)};`,
        `// ${pick(random, NAMES)} of the ${pick(random, NAMES)}`,
        `${pick(random, NAMES)}.push('${pick(random, NAMES)}');`,
      ]),
  },
  {
    languageId: 'python',
    info: 'python',
    indentation: '    ',
    open: (random) => `for ${pick(random, NAMES)} in ${pick(random, NAMES)}${Math.floor(random() * 99)}:`,
    close: undefined,
    statement: (random) =>
      pick(random, [
        `${pick(random, NAMES)} = ${pick(random, NAMES)}(${Math.floor(random() * 999)})`,
        `return ${pick(random, NAMES)}`,
        `# ${pick(random, NAMES)} of the ${pick(random, NAMES)}`,
        'pass',
      ]),
  },
  {
    languageId: 'go',
    info: 'go',
    indentation: '\t',
    open: (random) =>
      `for ${pick(random, NAMES)} := 0; ${pick(random, NAMES)} < ${Math.floor(random() * 99)}; {`,
    close: '}',
    statement: (random) =>
      pick(random, [
        `${pick(random, NAMES)} := ${pick(random, NAMES)}(${Math.floor(random() * 999)})`,
        '',
        'break',
      ]),
  },
];

/** Lines of nested blocks. */
function code(random: Random, dialect: Dialect, count: number, depth: number): string[] {
  const lines: string[] = [];
  const pad = dialect.indentation.repeat(depth);
  while (lines.length < count) {
    if (random() < 0.25 && depth < 4 && count - lines.length > 3) {
      lines.push(pad + dialect.open(random));
      lines.push(...code(random, dialect, 1 + Math.floor(random() * (count - lines.length - 2)), depth + 1));
      if (dialect.close !== undefined) lines.push(pad + dialect.close);
    } else {
      const statement = dialect.statement(random);
      lines.push(statement === '' ? '' : pad + statement);
    }
  }
  return lines;
}

/** Changes some lines, adds some, removes some. */
function changed(random: Random, dialect: Dialect, lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    const isBlock = line === '' || /[{}:]\s*$/.test(line);
    const chance = random();
    if (isBlock || chance < 0.4) return [line];
    if (chance < 0.7) return [indent + (dialect.statement(random) || 'x()')];
    if (chance < 0.85) return [line, indent + (dialect.statement(random) || 'x()')];
    return [];
  });
}

/** The levels of lines that are inserted at a place. */
function depthAt(lines: readonly string[], start: number, { indentation }: Dialect): number {
  const before = lines.slice(0, start).findLast((line) => line !== '') ?? '';
  const levels = (/^\s*/.exec(before)?.[0].length ?? 0) / indentation.length;
  return /[{:]$/.test(before) ? levels + 1 : levels;
}

function randomPlace(random: Random): Place {
  const dialect = pick(random, DIALECTS);
  const lines = code(random, dialect, 12 + Math.floor(random() * 30), 0);
  const start = Math.floor(random() * lines.length);
  let count = Math.floor(random() * Math.min(8, lines.length - start + 1));
  // Empty lines at the edges of a block may be those of its form.
  while (count > 0 && lines[start + count - 1] === '') count--;
  if (lines[start] === '') count = 0;
  const original = lines.slice(start, start + count);
  const fresh =
    count === 0
      ? code(random, dialect, 2, depthAt(lines, start, dialect)).filter((line) => line !== '')
      : changed(random, dialect, original);
  // The same line twice in a row, in front of the edit or behind it, is read as a copy of the document's.
  while (fresh.length > 0 && ['', lines[start - 1]].includes(fresh[0])) fresh.shift();
  while (fresh.length > 0 && ['', lines[start + count]].includes(fresh.at(-1))) fresh.pop();
  const edit = { instruction: 'change', start, count, lines: fresh };
  return {
    file: {
      languageId: dialect.languageId,
      info: dialect.info,
      path: 'src/a.ts',
      indentation: dialect.indentation,
      lines,
      edits: [edit],
    },
    edit,
    original,
    before: lines.slice(0, start),
    after: lines.slice(start + count),
  };
}

/** Forms that say exactly what they mean, wherever the lines stand; the others need lines that can be told apart. */
const EXPLICIT = new Set([
  'fence',
  'tilde fence',
  'unified diff',
  'patch',
  'search and replace',
  'thought',
  'chat around',
]);

describe('random edits', () => {
  test('are read exactly in every form, or refused', () => {
    const random = randomFrom(SEED);
    const wrong: string[] = [];
    let exact = 0;
    let all = 0;
    for (let round = 0; round < runs(150, 3_000); round++) {
      const place = randomPlace(random);
      for (const rendering of renderings(place, ALL_FORMS)) {
        const { verdict, got } = graded({ id: '', place, rendering });
        if (verdict === 'wrong' && EXPLICIT.has(rendering.form))
          wrong.push(
            `${rendering.form} ${JSON.stringify({ before: place.before, original: place.original, after: place.after, answer: rendering.answer })}\n${got}`,
          );
        if (!EXPLICIT.has(rendering.form)) continue;
        all++;
        if (verdict === 'exact') exact++;
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(exact > all * 0.8, `${exact} of ${all}`);
  });
});

/** Damages an answer: parts are lost, repeated, moved, or replaced by noise. */
function damaged(random: Random, answer: string): string {
  const lines = answer.split('\n');
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const at = Math.floor(random() * lines.length);
    const noise = pick(random, [
      '```',
      '```ts',
      '',
      '}',
      '-',
      '+ x',
      '=======',
      '<think>',
      '</think>',
      '@@',
      'Sure!',
      '~~~',
      '    ```',
    ]);
    const chance = random();
    if (chance < 0.25) lines.splice(at, 1 + Math.floor(random() * 3));
    else if (chance < 0.5) lines.splice(at, 0, noise);
    else if (chance < 0.65) lines.splice(at, 0, ...lines.slice(at, at + 3));
    else if (chance < 0.8) lines.push(...lines.splice(at, 2));
    else {
      const line = lines[at] ?? '';
      const cut = Math.floor(random() * (line.length + 1));
      lines[at] = line.slice(0, cut) + noise + line.slice(cut);
    }
  }
  return lines.join('\n');
}

describe('a damaged answer', () => {
  test('never gives a line that is neither in it nor in the document', () => {
    const random = randomFrom(SEED + 7);
    for (let round = 0; round < runs(60, 1_000); round++) {
      const place = randomPlace(random);
      const known = new Set([...place.before, ...place.original, ...place.after].map((line) => line.trim()));
      for (const { form, answer } of renderings(place, ALL_FORMS)) {
        if (/JSON|call|HTML|hard spaces|invisible|byte order/.test(form)) continue;
        const text = damaged(random, answer);
        const context = {
          languageId: place.file.languageId,
          indentation: place.file.indentation,
          before: place.before,
          after: place.after,
          complete: true,
        };
        const result = readEdit(text, place.original, context);
        const reader = createEditReader(place.original, context);
        for (let at = 0; at < text.length; at += 5) {
          const { lines } = reader.push(text.slice(at, at + 5));
          if (result.kind === 'refused') continue;
          const final = result.kind === 'lines' ? result.lines : place.original;
          assert.deepEqual([...lines], final.slice(0, lines.length), `${form}\n${text}`);
        }
        assert.deepEqual(reader.end(), result, text);
        if (result.kind !== 'lines') continue;
        for (const line of result.lines) {
          const key = line.trim();
          assert.ok(text.includes(key) || known.has(key), `${form}: ${line}\n${text}`);
        }
      }
    }
  });
});
