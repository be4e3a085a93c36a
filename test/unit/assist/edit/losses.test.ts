/** Answers that leave out parts of what they are about: never applied, so that nobody loses lines unasked. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEditReader, readEdit, readFileEdits } from '../../../../src/assist/edit/index.ts';
import { runs } from '../../../support/longRuns.ts';
import { randomFrom } from '../../../support/random.ts';
import { SEED } from '../../../support/seed.ts';

const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'order', 'price', 'count', 'index', 'value', 'total'];

/** Functions of some lines each. */
function functions(random: () => number, count: number): string[][] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${NAMES[Math.floor(random() * NAMES.length)]}${index}`;
    const body = Array.from({ length: 2 + Math.floor(random() * 4) }, (_line, at) => {
      return `  const ${NAMES[at]} = ${name}Part${at}(${Math.floor(random() * 1_000)});`;
    });
    return [`function ${name}(first) {`, ...body, `  return ${name}Part0(first);`, '}'];
  });
}

function joined(parts: readonly (readonly string[])[]): string[] {
  return parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

/** The functions with a change in the one at `changed`. */
function changedAt(parts: readonly (readonly string[])[], changed: number): string[][] {
  return parts.map((part, index) =>
    part.map((line, at) => (index === changed && at === 1 ? line.replace(');', ' + 1);') : line)),
  );
}

function block(lines: readonly string[]): string {
  return `\`\`\`js\n${lines.join('\n')}\n\`\`\``;
}

describe('an answer with only some of the selected functions', () => {
  const context = { languageId: 'javascript', indentation: '  ', before: [], after: [], complete: true };
  test('is refused, whole and in pieces, unless the others were to go', () => {
    const random = randomFrom(SEED + 11);
    for (let round = 0; round < runs(200, 5_000); round++) {
      const parts = functions(random, 2 + Math.floor(random() * 4));
      const changed = Math.floor(random() * parts.length);
      const fresh = changedAt(parts, changed);
      const kept = fresh.filter((_, index) => index === changed || random() < 0.4);
      const original = joined(parts);
      const answer = block(joined(kept));
      const result = readEdit(answer, original, { ...context, instruction: 'Add one to the first number' });
      if (kept.length === parts.length) {
        assert.deepEqual(result, { kind: 'lines', lines: joined(fresh), notes: [] });
        continue;
      }
      assert.equal(result.kind, 'refused', `${original.join('\n')}\n\n${answer}`);
      const reader = createEditReader(original, context);
      for (const piece of answer.match(/[\s\S]{1,5}/g) ?? []) reader.push(piece);
      assert.equal(reader.end().kind, 'refused');
      const removing = { ...context, instruction: 'Remove what nobody calls' };
      assert.equal(readEdit(answer, original, removing).kind, 'lines');
    }
  });
});

describe('an answer with a file', () => {
  const other = { path: 'other.js', languageId: 'javascript', lines: ['other();'] };
  test('of which parts are missing is refused', () => {
    const random = randomFrom(SEED + 12);
    for (let round = 0; round < runs(200, 5_000); round++) {
      const parts = functions(random, 3 + Math.floor(random() * 4));
      const file = { path: 'src/a.js', languageId: 'javascript', indentation: '  ', lines: joined(parts) };
      const changed = Math.floor(random() * parts.length);
      const fresh = changedAt(parts, changed);
      const kept = fresh.filter((_, index) => index === changed || random() < 0.7);
      const answer = `src/a.js\n${block(joined(kept))}`;
      for (const files of [[file, other], [file]]) {
        const result = readFileEdits(answer, files, { instruction: 'Add one to the first number' });
        if (kept.length < parts.length) assert.equal(result.kind, 'refused', answer);
        else {
          const edits = [{ path: 'src/a.js', isNew: false, lines: joined(fresh) }];
          assert.deepEqual(result, { kind: 'edits', edits, notes: [] });
        }
      }
    }
  });

  const FILE = { path: 'a.js', languageId: 'javascript', lines: ['first();', 'second();'] };
  const SEARCH = 'a.js\n<<<<<<< SEARCH\nfirst();\n=======\nthird();\n>>>>>>> REPLACE\n';
  const DIFF = '```diff\n--- a/a.js\n+++ b/a.js\n@@ -1,2 +1,2 @@\n-first();\n+third();\n second();\n```\n';
  const NEW = '\nb.js\n```js\nnew();\n```\n';
  for (const [name, answer] of [
    ['blocks of search and replace, and a file in another form', SEARCH + NEW],
    ['a diff, and a file in another form', DIFF + NEW],
    ['a file in another form before them', NEW + SEARCH],
    ['line ends of old Macs', SEARCH.replace('third();', 'third();\rfourth();')],
    ['quotation marks of prose in new lines', SEARCH.replace('third()', 'third(“a”)')],
    ['hard spaces in new lines', SEARCH.replace('third()', 'let\u00A0x')],
    ['a new file within Git’s folder', '.git/hooks/pre-commit\n```bash\nrm -rf x\n```\n'],
  ] as const) {
    test(`and ${name} is refused`, () => {
      const result = readFileEdits(answer, [FILE, other]);
      assert.equal(result.kind, 'refused', JSON.stringify(result));
    });
  }

  test('in blocks within fences, and a command, is read', () => {
    const fenced = SEARCH.replace('<<<', '```js\n<<<').replace('REPLACE\n', 'REPLACE\n```\n');
    const answer = `${fenced}\nThen run:\n\`\`\`bash\nnpm test\n\`\`\`\n`;
    const edits = [{ path: 'a.js', isNew: false, lines: ['third();', 'second();'] }];
    assert.deepEqual(readFileEdits(answer, [FILE, other]), { kind: 'edits', edits, notes: [] });
  });
});
