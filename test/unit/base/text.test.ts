import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  codeText,
  logText,
  markdownText,
  plainLines,
  plainText,
  quoted,
  singleLine,
} from '../../../src/base/text.ts';
import fc from '../../support/fastCheck.ts';

/** As VS Code looks for links in notifications, input boxes and their remarks (vs/base/common/linkedText.ts). */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
/** As it looks for icons in lists and the status bar (vs/base/common/iconLabels.ts). */
const ICON = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    '$',
    '[Sign in](command:a.b?%5B%5D)',
    '[x](https://a.b "t")',
    '$(sync~spin)',
    ']\u200b(command:x)',
    '$\u202e(error)',
    '\n',
    '\u2028',
    '\u001b[31m',
    '\ud83d',
    '\ufe0f',
    'https://a.b',
  ),
);
const hostile = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));

describe('text of a stranger', () => {
  test('that is ordinary stays as it is', () => {
    for (const text of [
      'ghcr.io denied access to org/model:Q4_K_M (DENIED: no pull access). Sign in again.',
      'Modèle 7B (Q4) [v2], 模型, модель, 4.1 GB · Q4_K_M',
      'costs $5 (or more); see https://example.com/a?b=c#d',
    ]) {
      assert.equal(plainText(text), text);
    }
  });

  test('has neither links nor icons in VS Code’s notations, and still says what it said', () => {
    assert.equal(
      plainText('[Sign in again](command:workbench.action.terminal.new?%5B%5D) $(check) done'),
      '[Sign in again] (command:workbench.action.terminal.new?%5B%5D) $ (check) done',
    );
  });

  test('is one line of characters that can be seen, whatever it was', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const plain = plainText(text);
        assert.doesNotMatch(plain, LINK);
        assert.doesNotMatch(plain, ICON);
        assert.doesNotMatch(plain, UNSEEN);
        assert.ok(plain.length <= 1000 + 500);
      }),
      { seed: 20_261, numRuns: 2000 },
    );
  });

  test('is not joined to a link by what is taken out of it', () => {
    assert.doesNotMatch(plainText('[a]\u200b\u202e(command:b)'), LINK);
    assert.doesNotMatch(plainText('$\ufe0f(error)'), ICON);
    assert.doesNotMatch(plainText('[a]\n(command:b)'), LINK);
  });

  test('cannot turn the direction of writing or hide', () => {
    assert.equal(singleLine('photo\u202egpj.gguf'), 'photogpj.gguf');
    assert.equal(singleLine('a\u{e0041}\u{e0042}\u3164b\ufe01'), 'ab');
    assert.equal(singleLine('a\r\n\tb\u2028c\u0000d'), 'a b c d');
    assert.equal(singleLine(`a${'\u0301'.repeat(500)}`).length, 9);
  });

  test('has an end, and no half of a pair there', () => {
    assert.equal(singleLine('x'.repeat(5000)).length, 1000);
    assert.equal(singleLine('😀'.repeat(50), 10), `${'😀'.repeat(4)}…`);
    assert.equal(quoted('x'.repeat(500)).length, 82);
  });

  test('does not close the quotation marks around it', () => {
    assert.equal(quoted('a" was pulled. "b'), `"a' was pulled. 'b"`);
  });

  test('keeps its lines in dialogs and tooltips', () => {
    assert.equal(plainLines('a\r\n[b](command:c)\u001b\nd'), 'a\n[b] (command:c)\nd');
  });

  test('has no syntax of Markdown left', () => {
    assert.equal(
      markdownText('![a](https://b.c) <img src=x> `d` *e* &amp; www.f.g $x$'),
      '\\!\\[a\\] \\(https\\:\\/\\/b\\.c\\) \\<img src\\=x\\> \\`d\\` \\*e\\* \\&amp\\; www\\.f\\.g \\$x\\$',
    );
    fc.assert(
      fc.property(hostile, (text) => {
        // Nothing but letters, digits and spaces stands without a backslash before it.
        assert.doesNotMatch(markdownText(text).replace(/\\[!-/:-@[-`{-~]/g, ''), /[!-/:-@[-`{-~]|\n/);
      }),
      { seed: 20_262, numRuns: 1000 },
    );
  });

  test('is seen whole in code', () => {
    assert.equal(codeText('\ta `b` [c](d)\u202e\u200b'), '\ta `b` [c](d)\\u{202e}\\u{200b}');
  });

  test('forges no record of the log', () => {
    const record = logText('it said: x\n2026-01-01 00:00:00.000 [error] forged\r\u001b[2J\u202edone');
    assert.equal(
      record,
      'it said: x\n    2026-01-01 00:00:00.000 [error] forged\n    \\u{1b}[2J\\u{202e}done',
    );
    assert.ok(logText('x\n'.repeat(1_000_000)).length < 200_000);
  });
});
