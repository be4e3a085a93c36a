/** Names of files in an answer become places, however the answer comes in pieces; all else stays to the letter. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AnswerPart, PlaceLinks } from '../../../src/assist/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

const NAMES = ['src/math.ts', 'src/a/index.ts', 'src/b/index.ts', 'README.md'];

function split(pieces: readonly string[]): AnswerPart[] {
  const links = new PlaceLinks(NAMES);
  const parts = [...pieces.flatMap((piece) => links.push(piece)), ...links.end()];
  const merged: AnswerPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  return merged;
}

function link(text: string, name: string, line?: number): AnswerPart {
  return { text, name, line };
}

describe('places in answers', () => {
  test('are names in code spans, with or without a line', () => {
    assert.deepEqual(split(['See `src/math.ts:9`, `math.ts` and `README.md#L3`.']), [
      'See ',
      link('src/math.ts:9', 'src/math.ts', 9),
      ', ',
      link('math.ts', 'src/math.ts'),
      ' and ',
      link('README.md#L3', 'README.md', 3),
      '.',
    ]);
  });

  const kept = [
    ['an ambiguous name', 'In `index.ts`.'],
    ['an unknown file', 'In `other.ts:3`.'],
    ['a name without a span', 'In src/math.ts:9.'],
    ['a block of code', 'x\n```ts\n// `math.ts`\n```\n'],
    ['a block in a block', '~~~md\n```\n`math.ts`\n```\n`math.ts`\n~~~\n'],
    ['a block that is not closed', '```\n`math.ts`'],
    ['a span that is not closed', 'a `math.ts\nb` c'],
  ] as const;
  for (const [what, text] of kept) {
    test(`${what} is none`, () => assert.deepEqual(split([text]), [text]));
  }

  test('behind a block they are found again', () => {
    assert.deepEqual(split(['```\nx\n```\n`math.ts`']), ['```\nx\n```\n', link('math.ts', 'src/math.ts')]);
  });

  test('the pieces of a stream do not matter, and no text is lost', () => {
    const word = fc.constantFrom(
      '`',
      '```',
      '~~~',
      '\n',
      'math.ts',
      ':9',
      ' ',
      'a',
      '`math.ts`',
      '``',
      'src/',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (pieces) => {
        const parts = split(pieces);
        assert.deepEqual(parts, split([pieces.join('')]));
        assert.deepEqual(parts, split([...pieces.join('')]));
        const text = parts.map((part) => (typeof part === 'string' ? part : `\`${part.text}\``)).join('');
        assert.equal(text, pieces.join(''));
      }),
    );
  });

  test('ordinary text is shown at once', () => {
    const links = new PlaceLinks(NAMES);
    assert.deepEqual(links.push('Hello'), ['Hello']);
    assert.deepEqual(links.push(' you `ma'), [' you ']);
    assert.deepEqual(links.push('p` and'), ['`map` and']);
  });

  test('are found in time that grows with the text, even if it is one line of nothing else', () => {
    const before = cpuMs();
    const text = `x ${'`a` '.repeat(1024 * 1024)}`;
    assert.deepEqual(split([text]), [text]);
    // A second; a search for the end of the line at each of them took more than a minute.
    assert.ok(cpuMs() - before < 15_000);
  });
});
