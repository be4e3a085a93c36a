import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PrefilledBlock } from '../../../src/assist/index.ts';

/** Reads an answer piece by piece. */
function read(answer: readonly string[], isComplete = true, lines: readonly string[] = ['a']) {
  const block = new PrefilledBlock('ts', lines);
  const streamed = answer.map((piece) => block.push(piece)).join('');
  return { streamed, isClosed: block.isClosed, text: block.end(isComplete) };
}

describe('a block whose fence is prefilled', () => {
  test('is what the model continues, with a fence longer than those in the code', () => {
    assert.deepEqual(new PrefilledBlock('typescript', ['a']).message, {
      role: 'assistant',
      content: '```ts\n',
    });
    assert.equal(new PrefilledBlock('md', ['```', 'x', '```']).message.content, '````md\n');
  });

  test('is closed by its fence, and not by one inside', () => {
    assert.deepEqual(read(['  b', ';\n', '``', '`\nThat', ' is all']), {
      streamed: '```ts\n  b;\n```\nThat is all',
      isClosed: true,
      text: '```ts\n  b;\n```\nThat is all',
    });
    assert.equal(read(['a\n```', 'sh\nls\n', '```', '\n']).isClosed, false);
    assert.equal(read(['a\n```sh\nls\n```\nb\n```\n']).isClosed, true);
    assert.equal(read(['a\n```\n'], true, ['```']).isClosed, false, 'the fence is longer');
  });

  test('is that of the model if the model opens one itself', () => {
    const answer = ['``', '`', 'typescript\n', 'b\n', '```'];
    assert.deepEqual(read(answer), { streamed: answer.join(''), isClosed: false, text: answer.join('') });
  });

  test('is none if the answer ends without closing it: that may be text', () => {
    assert.equal(read(['I cannot do that.']).text, 'I cannot do that.');
    assert.equal(read(['b\n```']).text, '```ts\nb\n```');
  });

  test('stays open if a limit cut the answer', () => {
    assert.equal(read(['b\nc'], false).text, '```ts\nb\nc');
  });

  test('can begin with the indentation of its first line', () => {
    const block = new PrefilledBlock('python', ['    a'], '   ');
    assert.equal(block.message.content, '```python\n   ');
    assert.equal(block.push(' b\n'), '```python\n    b\n');
    block.push('```\n');
    assert.equal(block.end(true), '```python\n    b\n```\n');
    const other = new PrefilledBlock('python', ['    a'], '   ');
    other.push('```py\nb\n```\n');
    assert.equal(other.end(true), '```py\nb\n```\n', 'unless the model opens a block itself');
  });

  test('can be empty', () => {
    assert.equal(read([]).text, '');
    assert.equal(read(['```']).text, '```');
  });
});
