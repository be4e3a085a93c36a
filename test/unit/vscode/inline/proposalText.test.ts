import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asLocalized } from '../../../../src/base/l10n.ts';
import {
  buttonsText,
  LONG_LINES,
  proposedText,
  STREAMED_LINES,
  streamedText,
} from '../../../../src/vscode/inline/proposalText.ts';

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`);

describe('the text of a proposal', () => {
  test('is a window of the newest lines while it comes', () => {
    assert.equal(streamedText(['a'], 'ts'), '```ts\na\n```');
    const text = streamedText(numbered(40), 'ts').split('\n');
    assert.equal(text.length, STREAMED_LINES + 2);
    assert.equal(text.at(-2), 'line 40');
  });

  test('is a diff where it keeps lines, else in the colors of its language', () => {
    assert.equal(
      proposedText(['f() {', '  a', '}'], ['f() {', '  b', '}'], 'ts'),
      '```diff\n f() {\n-  a\n+  b\n }\n```',
    );
    assert.equal(proposedText(['a', ''], ['b', ''], 'ts'), '```ts\nb\n\n```');
  });

  test('says that it deletes, or is too long to be shown here', () => {
    assert.match(proposedText(['a'], [], 'ts'), /^Deletes/);
    assert.match(proposedText(['a'], numbered(LONG_LINES + 1), 'ts'), /^201 lines/);
  });

  test('has no effect, whatever a model writes: it cannot leave its block', () => {
    const hostile = ['```', '[Accept](command:evil)', '````', '~~~', '\u202e'];
    for (const text of [
      streamedText(hostile, 'ts'),
      proposedText(['a'], hostile, 'ts'),
      proposedText(['~~~'], hostile, 'ts'),
    ]) {
      const [opening = '', ...lines] = text.split('\n');
      const fence = /^`+/.exec(opening)?.[0] ?? '';
      assert.equal(fence.length, 5);
      assert.equal(
        lines.findIndex((line) => line.startsWith(fence)),
        lines.length - 1,
      );
      assert.ok(text.includes('\\u{202e}') && !text.includes('\u202e'));
    }
  });

  test('has buttons that name their edit', () => {
    const button = {
      title: asLocalized('Accept'),
      icon: 'check',
      command: 'ociModels.inlineChat.accept',
    } as const;
    assert.equal(
      buttonsText([button], '7'),
      '$(check) [Accept](command:ociModels.inlineChat.accept?%5B%227%22%5D)',
    );
  });
});
