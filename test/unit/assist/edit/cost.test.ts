/** Time that reading takes, in processor time, and hostile answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEditReader, readEdit } from '../../../../src/assist/edit/index.ts';
import { cpuMs } from '../../../support/cpuTime.ts';

const CONTEXT = { languageId: 'typescript', indentation: '    ', before: [], after: [], complete: true };

/** Times each piece of an answer, in milliseconds. */
function timesOf(answer: string, original: readonly string[], size: number): number[] {
  const reader = createEditReader(original, CONTEXT);
  const times: number[] = [];
  for (let at = 0; at < answer.length; at += size) {
    const start = cpuMs();
    reader.push(answer.slice(at, at + size));
    times.push(cpuMs() - start);
  }
  const start = cpuMs();
  assert.equal(reader.end().kind, 'lines');
  return [...times, cpuMs() - start];
}

describe('an edit of 400 lines', () => {
  const original = Array.from(
    { length: 400 },
    (_, index) => `    const value${index} = compute(input${index}, options);`,
  );
  for (const [name, every] of [
    ['every line changed', 1],
    ['every tenth line changed', 10],
  ] as const) {
    test(`${name}, in pieces of a token`, (t) => {
      const lines = original.map((line, index) => (index % every === 0 ? `${line} // changed` : line));
      const answer = `\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n`;
      const times = timesOf(answer, original, 6).sort((one, other) => one - other);
      const p95 = times[Math.floor(times.length * 0.95)] ?? 0;
      const all = times.reduce((sum, time) => sum + time, 0);
      t.diagnostic(`${p95.toFixed(2)} ms at the 95th percentile, ${all.toFixed(0)} ms in all`);
      assert.ok(p95 <= 4, `${p95} ms at the 95th percentile`);
      assert.ok(all <= 1_000, `${all} ms in all`);
    });
  }
});

/** Characters of the larger answers. */
const SIZE = 240_000;

function filled(text: string, size: number): string {
  return text.repeat(Math.ceil(size / text.length)).slice(0, size);
}

/** Answers that are all of one thing, which a careless reader takes quadratic time for. */
const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  fences: (size) => filled('```\n', size),
  'opening fences': (size) => filled('```ts\n', size),
  blocks: (size) => filled('```ts\nx = 1;\n```\n', size),
  thoughts: (size) => filled('<think>a</think>\n', size),
  'marks of turns': (size) => filled('a<|im_end|>b\n', size),
  angles: (size) => filled('<\n', size),
  'marks of calls': (size) => filled('[TOOL_CALLS]\n', size),
  'one long line': (size) => `\`\`\`ts\n${filled("x'", size)}\n\`\`\``,
  quotes: (size) => `\`\`\`ts\n${filled("\\'", size)}\n\`\`\``,
  brackets: (size) => `\`\`\`ts\n${filled('{\n', size)}\n\`\`\``,
  templates: (size) => `\`\`\`ts\n${filled('`${`${', size)}\n\`\`\``,
  'the same line': (size) => `\`\`\`ts\n${filled('}\n', size)}\n\`\`\``,
  'bare code': (size) => filled('  foo(bar);\n', size),
  prose: (size) => filled('The code is here and that is it.\n', size),
  changes: (size) => filled('@@ -1 +1 @@\n-a\n+b\n', size),
  searches: (size) => filled('<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n', size),
  tags: (size) => filled('<search>', size),
  json: (size) => filled('{"a":', size),
  'lines left out': (size) => filled('// ... existing code ...\n', size),
  'empty lines': (size) => filled('\n', size),
  backticks: (size) => filled('` `` ```x ', size),
  words: (size) => filled('a ', size),
  lists: (size) => filled('1. ', size),
};

describe('a hostile answer', () => {
  const around = (name: string): string[] =>
    Array.from({ length: 200 }, (_, index) => (index % 2 ? `${name}();` : '}'));
  const context = { ...CONTEXT, before: around('a'), after: around('b') };
  const cost = (languageId: string, answer: string): number => {
    const start = cpuMs();
    readEdit(answer, ['x = 1;', 'foo(bar);'], { ...context, languageId });
    return cpuMs() - start;
  };
  for (const [name, render] of Object.entries(HOSTILE)) {
    test(`of ${name} takes time in proportion to its size`, () => {
      for (const languageId of ['typescript', 'markdown', 'python']) {
        const small = cost(languageId, render(SIZE / 8));
        const large = cost(languageId, render(SIZE));
        // In quadratic time it were 64 times as much; small times are mostly those of the compiler.
        assert.ok(
          large <= 24 * small + 200,
          `${languageId}: ${small} ms, and ${large} ms for 8 times as much`,
        );
      }
    });
  }
});
