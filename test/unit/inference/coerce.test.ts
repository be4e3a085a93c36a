/** Arguments that small models write, under the schemas of tools. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coerceArguments } from '../../../src/inference/format/coerce.ts';
import { readLoose } from '../../../src/inference/format/loose.ts';

type Case = readonly [what: string, property: object, given: unknown, expected: unknown];

/** `undefined` stands for arguments that do not fit. */
const CASES: readonly Case[] = [
  ['a text stays', { type: 'string' }, '5', '5'],
  ['a number as text', { type: 'string' }, 5, '5'],
  ['an object as text', { type: 'string' }, { a: 1 }, '{"a":1}'],
  ['null is no text', { type: 'string' }, null, undefined],
  ['a text as number', { type: 'number' }, ' 1.5 ', 1.5],
  ['words are no number', { type: 'number' }, 'five', undefined],
  ['a whole number', { type: 'integer' }, '5.0', 5],
  ['a part is no whole number', { type: 'integer' }, 5.5, undefined],
  ['a word as truth', { type: 'boolean' }, 'False', false],
  ['a number as truth', { type: 'boolean' }, 1, true],
  ['any word is no truth', { type: 'boolean' }, 'maybe', undefined],
  ['one value as a list', { type: 'array', items: { type: 'integer' } }, '5', [5]],
  ['a list in a text', { type: 'array', items: { type: 'string' } }, '["a", 1]', ['a', '1']],
  ['an object in a text', { type: 'object', properties: { a: { type: 'integer' } } }, '{"a": "1"}', { a: 1 }],
  ['an object of a list', { type: 'array', items: { type: 'object' } }, '[{"a": 1}]', [{ a: 1 }]],
  ['a member in another case', { enum: ['Up', 'Down'] }, 'up', 'Up'],
  ['no member', { enum: ['Up', 'Down'] }, 'left', undefined],
  ['the type that fits as it is', { type: ['string', 'null'] }, null, null],
  ['the alternative that fits as it is', { anyOf: [{ type: 'string' }, { type: 'integer' }] }, 5, 5],
  ['the alternative that can be made', { anyOf: [{ type: 'integer' }, { type: 'null' }] }, '5', 5],
  ['a reference', { $ref: '#/$defs/size' }, '3', 3],
  ['anything without a type', {}, { a: [1] }, { a: [1] }],
];

describe('an argument', () => {
  for (const [what, property, given, expected] of CASES) {
    test(what, () => {
      const schema = { properties: { p: property }, required: ['p'], $defs: { size: { type: 'integer' } } };
      const fitted = coerceArguments({ p: given }, schema);
      assert.deepEqual(fitted, expected === undefined ? undefined : { p: expected });
    });
  }

  test('that may be left out and says nothing is left out', () => {
    const schema = { properties: { a: { type: 'integer' }, b: { type: 'string' } }, required: ['b'] };
    assert.deepEqual(coerceArguments({ a: null, b: 'x' }, schema), { b: 'x' });
    assert.equal(coerceArguments({ a: 'five', b: 'x' }, schema), undefined);
    assert.equal(coerceArguments({ a: 1 }, schema), undefined);
  });

  test('that no property has is kept, unless the schema forbids it', () => {
    const schema = { properties: { a: {} } };
    assert.deepEqual(coerceArguments({ a: 1, b: 2 }, schema), { a: 1, b: 2 });
    assert.equal(coerceArguments({ a: 1, b: 2 }, { ...schema, additionalProperties: false }), undefined);
  });

  test('like __proto__ changes nothing but itself', () => {
    const value = readLoose('{"__proto__": {"polluted": true}, "a": 1}')?.value as object;
    assert.deepEqual(Object.keys(value), ['__proto__', 'a']);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});

describe('a value', () => {
  for (const [text, expected, isCut] of [
    ["{'a': True, 'b': None, c: 1_000,}", { a: true, b: null, c: 1000 }, false],
    ['{"a": "line\nbreak", "b": [1, 2', { a: 'line\nbreak', b: [1, 2] }, true],
    ['{"path": "C:\\dir\\\\x"}', { path: 'C:\\dir\\x' }, false],
    ['{"a": """long "text" here"""}', { a: 'long "text" here' }, false],
    ['"caf\\u00e9"', 'café', false],
    ['-1.5e3', -1500, false],
  ] as const) {
    test(text, () => {
      const found = readLoose(text);
      assert.deepEqual([found?.value, found?.isCut], [expected, isCut]);
    });
  }

  test('that is none', () => {
    for (const text of ['', 'word', '{a b}', '[1 2]', '{"a": word}', `${'['.repeat(100)}`])
      assert.equal(readLoose(text), undefined, text);
  });
});
