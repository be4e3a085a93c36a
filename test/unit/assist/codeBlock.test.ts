import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodeBlockStream } from '../../../src/assist/index.ts';
import fc from '../../support/fastCheck.ts';

function extract(answer: string, original: readonly string[] = []): readonly string[] | undefined {
  const stream = new CodeBlockStream(original);
  stream.push(answer);
  return stream.end();
}

describe('CodeBlockStream, fenced', () => {
  test('the first block, whatever stands around it', () => {
    const answer = 'Sure:\n\n```ts\nconst a = 1;\n```\nand then\n```ts\nconst b = 2;\n```\n';
    assert.deepEqual(extract(answer), ['const a = 1;']);
  });

  test('any info string', () => {
    for (const info of ['', 'ts', 'typescript title="a.ts"', ' python', 'c++', '{.r}']) {
      assert.deepEqual(extract(`\`\`\`${info}\nx\n\`\`\``), ['x'], info);
    }
  });

  test('tildes, and a longer fence that holds a shorter one', () => {
    assert.deepEqual(extract('~~~md\n```ts\nx\n```\n~~~'), ['```ts', 'x', '```']);
    assert.deepEqual(extract('````md\n```ts\nx\n```\n````'), ['```ts', 'x', '```']);
  });

  test('backticks inside of a line do not close, and do not open', () => {
    assert.deepEqual(extract('```sh\necho `date` ```\n```'), ['echo `date` ```']);
    assert.deepEqual(extract('Use ```x``` here.\n```\ny\n```'), ['y']);
  });

  test('an indented fence takes its columns off the lines', () => {
    assert.deepEqual(extract('1. So:\n\n   ```ts\n   if (a) {\n     b();\n   }\n   ```'), [
      'if (a) {',
      '  b();',
      '}',
    ]);
  });

  test('not closed at the end', () => {
    assert.deepEqual(extract('```ts\na\n  b'), ['a', '  b']);
    assert.equal(extract('I would write\n```ts'), undefined);
  });

  test('an empty block that is closed deletes everything', () => {
    assert.deepEqual(extract('```\n```'), []);
  });

  test('line ends of Windows, cut between their two characters', () => {
    const stream = new CodeBlockStream();
    for (const piece of ['```ts\r', '\na\r', '\n', 'b\r\n``', '`\r\n']) stream.push(piece);
    assert.deepEqual(stream.end(), ['a', 'b']);
  });

  test('gives complete lines only, as they are known', () => {
    const stream = new CodeBlockStream();
    stream.push('```ts\na = 1;\nb =');
    assert.deepEqual(stream.lines, ['a = 1;']);
    stream.push(' 2;\n');
    assert.deepEqual(stream.lines, ['a = 1;', 'b = 2;']);
    assert.equal(stream.closed, false);
    stream.push('```\nnot code\n');
    assert.deepEqual(stream.lines, ['a = 1;', 'b = 2;']);
    assert.equal(stream.closed, true);
  });

  test('however the answer is cut, the result is the same', () => {
    const line = fc.constantFrom('', 'a', '  b;', '```', '~~~', '````', '```ts', 'text `x`', '   ```', '\r');
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(5)), (lines, cuts) => {
        const answer = lines.join('\n');
        const stream = new CodeBlockStream();
        let rest = answer;
        for (const cut of cuts) {
          stream.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        stream.push(rest);
        const known = [...stream.lines];
        const result = stream.end();
        assert.deepEqual(result, extract(answer));
        // Lines that were shown are never taken back.
        if (known.length > 0) assert.deepEqual(result?.slice(0, known.length), known);
      }),
    );
  });
});

describe('CodeBlockStream, without a fence', () => {
  test('text that looks like code is code', () => {
    const typescript = ['function add(a: number, b: number) {', '  return a + b;', '}'];
    assert.deepEqual(extract(`\n${typescript.join('\n')}\n\n`), typescript);
    const python = ['def add(a, b):', '    # the sum', '    return a + b'];
    assert.deepEqual(extract(python.join('\n')), python);
    assert.deepEqual(extract('const total = price * amount;'), ['const total = price * amount;']);
  });

  test('prose is not', () => {
    assert.equal(extract('I cannot do that. Please select some code first.'), undefined);
    assert.equal(extract("I'm sorry, I can't (really) help with this."), undefined);
    assert.equal(extract('Here is what I would do:\nFirst, rename it.\nThen test it.'), undefined);
    assert.equal(extract('  \n'), undefined);
  });
});

describe('CodeBlockStream, indentation', () => {
  const original = ['    if (a) {', '      b();', '    }'];

  test('kept where the model kept it', () => {
    assert.deepEqual(extract('```\n    if (a) {\n      c();\n    }\n```', original), [
      '    if (a) {',
      '      c();',
      '    }',
    ]);
  });

  test('restored where the model answered from column 0', () => {
    assert.deepEqual(extract('```\nif (a) {\n  c();\n\n}\n```', original), [
      '    if (a) {',
      '      c();',
      '',
      '    }',
    ]);
  });

  test('restored where only the first line lost it', () => {
    assert.deepEqual(extract('```\nif (a) {\n      c();\n    }\n```', original), [
      '    if (a) {',
      '      c();',
      '    }',
    ]);
  });

  test('Python, where the body of a lost function stands at the wanted column', () => {
    const method = ['    def f(self):', '        return 1'];
    assert.deepEqual(extract('```\ndef f(self):\n    return 2\n```', method), [
      '    def f(self):',
      '        return 2',
    ]);
  });

  test('tabs', () => {
    assert.deepEqual(extract('```\nx = 2;\n```', ['\t\tx = 1;']), ['\t\tx = 2;']);
  });

  test('left alone where the model indents more, or with other white space', () => {
    assert.deepEqual(extract('```\n      x\n```', ['  y']), ['      x']);
    assert.deepEqual(extract('```\n\tx\n```', ['    y']), ['\tx']);
  });
});
