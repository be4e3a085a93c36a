/** The wishes of instructions, and comments that stand for lines, in several languages. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asksFor, type Intent } from '../../../../src/assist/edit/wording/intent.ts';
import { soundsLeftOut } from '../../../../src/assist/edit/wording/leftOut.ts';

const ASKED: readonly (readonly [Intent, string])[] = [
  ['remove', 'Remove the unused variables'],
  ['remove', 'Entferne die unbenutzten Variablen'],
  ['remove', 'Lass die Kommentare weg'],
  ['remove', 'Supprime les logs'],
  ['remove', 'elimina los comentarios'],
  ['remove', 'Usuń nieużywane importy'],
  ['remove', 'kullanılmayan değişkenleri kaldır'],
  ['remove', 'Töröld a kommenteket'],
  ['remove', 'удали лишнее'],
  ['remove', '删除未使用的变量'],
  ['remove', '未使用の変数を削除'],
  ['remove', '사용하지 않는 변수 제거'],
  ['rework', 'Vereinfachen'],
  ['rework', 'simplifica'],
  ['change', 'benenne das in amount um'],
  ['add', 'füge einen Kommentar hinzu'],
  ['repeat', 'dupliziere diese Funktion'],
  ['repeat', '复制这个函数'],
  ['example', 'ajoute un exemple'],
  ['wrap', 'umschließe das mit try'],
  ['wrap', '抽成一个函数'],
  ['layout', 'Add a blank line before the return'],
  ['layout', 'füge eine Leerzeile ein'],
  ['layout', 'formate le code'],
  ['layout', '整形して'],
  ['indent', 'Indent these lines'],
  ['indent', 'Convert tabs to spaces'],
  ['indent', 'Use tabs'],
  ['indent', 'rücke das ein'],
  ['indent', '增加缩进'],
];
/** English words that begin like words of other languages. */
const NOT_ASKED: readonly (readonly [Intent, string])[] = [
  ['remove', 'Fix the borrow checker'],
  ['remove', 'Make it quit early if there is a limit'],
  ['rework', 'Rename user to account'],
  ['repeat', 'Tick by a number of seconds'],
  ['example', 'Provide the package name'],
  ['layout', 'Format the date as ISO 8601'],
  ['layout', 'Move this to the billing namespace'],
  ['indent', 'Log the level'],
  ['indent', 'Switch to the tab that was clicked'],
  ['indent', 'Trim spaces'],
  ['remove', ''],
];

describe('an instruction', () => {
  for (const [intent, text] of ASKED)
    test(`asks to ${intent}: ${text}`, () => assert.ok(asksFor(text, intent)));
  for (const [intent, text] of NOT_ASKED)
    test(`does not ask to ${intent}: ${text}`, () => assert.ok(!asksFor(text, intent)));
});

describe('a comment', () => {
  for (const text of [
    '... whatever',
    '其他代码',
    'Rest of the code',
    'no changes',
    'остальное без изменений',
  ])
    test(`sounds as if it stood for lines: ${text}`, () => assert.equal(soundsLeftOut(text), 'clearly'));
  for (const text of ['Restart the loop', 'Nothing to do', 'body of the request', 'Adds two numbers'])
    test(`speaks of code: ${text}`, () => assert.equal(soundsLeftOut(text), 'no'));
});
