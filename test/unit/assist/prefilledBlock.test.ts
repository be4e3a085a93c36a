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

  test('is longer around Markdown, whose own blocks do not end it', () => {
    const markdown = (answer: string, isComplete = true, isLoose = false) => {
      const block = new PrefilledBlock('markdown', ['# A'], { isLoose });
      for (const piece of answer) block.push(piece);
      const { isClosed } = block;
      return { isClosed, text: block.end(isComplete) };
    };
    assert.equal(new PrefilledBlock('markdown', ['# A']).message.content, '````markdown\n');
    const text = '# B\n```\nls\n```\n````\n';
    assert.deepEqual(markdown(text), { isClosed: true, text: `\`\`\`\`markdown\n${text}` });
    assert.equal(markdown('# B\n```sh\nls\n````\n').isClosed, true, 'also with a block that is open');
    // Three backticks at the end of an answer close nothing but the whole.
    assert.equal(markdown('# B\n```').text, '````markdown\n# B\n````\n');
    assert.equal(markdown('# B\n```\nls\n```').text, '# B\n```\nls\n```', 'a block of its own');
    assert.equal(markdown('# B\n```', false).text, '````markdown\n# B\n```', 'more may have come');
    const goesOn = '# B\n```\n\nExplanation';
    assert.equal(markdown(goesOn).isClosed, false);
    assert.deepEqual(markdown(goesOn, true, true), { isClosed: true, text: '````markdown\n# B\n````\n' });
    assert.equal(markdown('# B\n```\nls\n```\n\nC', true, true).isClosed, false);
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
    const block = new PrefilledBlock('python', ['    a'], { start: '    ' });
    assert.equal(block.message.content, '```python\n   ');
    assert.equal(block.push(' b\n'), '```python\n    b\n');
    block.push('```\n');
    assert.equal(block.end(true), '```python\n    b\n```\n');
    const other = new PrefilledBlock('python', ['    a'], { start: '    ' });
    other.push('```py\nb\n```\n');
    assert.equal(other.end(true), '```py\nb\n```\n', 'unless the model opens a block itself');
  });

  test('has an indentation once if the model writes its own', () => {
    for (const [start, answer] of [
      ['    ', '    b\n        c\n```\n'],
      ['    ', 'b\n    c\n```\n'],
      ['\t', '\tb\n```\n'],
    ] as const) {
      const block = new PrefilledBlock('python', ['    a'], { start });
      assert.equal(block.push(answer), `\`\`\`python\n${answer}`);
      assert.equal(block.end(true), `\`\`\`python\n${answer}`);
    }
  });

  test('can be empty', () => {
    assert.equal(read([]).text, '');
    assert.equal(read(['```']).text, '```');
  });
});
