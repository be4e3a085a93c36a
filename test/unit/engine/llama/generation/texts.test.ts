/** Text out of tokens, texts that end it, and answers that go round in circles. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Token } from 'node-llama-cpp';
import { Detokenizer } from '../../../../../src/engine/llama/host/generation/detokenizer.ts';
import { LoopGuard } from '../../../../../src/engine/llama/host/generation/loopGuard.ts';
import { StopTexts } from '../../../../../src/engine/stopTexts.ts';
import fc from '../../../../support/fastCheck.ts';

/** A vocabulary of bytes. */
const BYTES = {
  detokenize: (tokens: readonly Token[]): string => Buffer.from(tokens as readonly number[]).toString('utf8'),
};

function read(stops: readonly string[], pieces: readonly string[]): { text: string; stopped: boolean } {
  const reader = new StopTexts(stops);
  let text = '';
  for (const piece of pieces) {
    const result = reader.push(piece);
    text += result.text;
    if (result.stopped) return { text, stopped: true };
  }
  return { text: text + reader.end(), stopped: false };
}

describe('a detokenizer', () => {
  test('holds a character until it is whole', () => {
    const text = 'ünï 🙂!';
    const pieces: string[] = [];
    const reader = new Detokenizer(BYTES, []);
    for (const byte of Buffer.from(text)) pieces.push(reader.push(byte as Token));
    assert.equal(pieces.join('') + reader.end(), text);
    assert.ok(pieces.every((piece) => !piece.includes('\uFFFD')));
  });

  test('gives up on bytes that are no character', () => {
    const reader = new Detokenizer(BYTES, []);
    const pieces = [0x80, 0x80, 0x80, 0x80].map((byte) => reader.push(byte as Token));
    assert.deepEqual(pieces, ['', '', '', '\uFFFD\uFFFD\uFFFD\uFFFD']);
    // A limit cuts through a character.
    assert.equal(reader.push(0xf0 as Token), '');
    assert.equal(reader.end(), '');
  });
});

describe('stop texts', () => {
  test('end a text wherever it is cut, at the first of them', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 30 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(letters, stops, fc.array(fc.nat(30)), (text, stop, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        const found = stop.filter((one) => one !== '').map((one) => text.indexOf(one));
        const ends = found.filter((index) => index >= 0);
        const result = read(stop, pieces);
        assert.equal(result.stopped, ends.length > 0);
        // The first to be complete may end before another that begins earlier.
        if (ends.length === 0) assert.equal(result.text, text);
        else assert.ok(text.startsWith(result.text) && result.text.length >= Math.min(...ends));
      }),
    );
  });

  test('hold back no more than may become one', () => {
    const reader = new StopTexts(['```', 'END']);
    assert.equal(reader.push('code `').text, 'code ');
    assert.equal(reader.push('x` E').text, '`x` ');
    assert.deepEqual(reader.push('ND and more'), { text: '', stopped: true });
  });
});

describe('the loop guard', () => {
  const loops = (tokens: readonly number[]): number => {
    const guard = new LoopGuard();
    return tokens.findIndex((token) => guard.push(token));
  };
  const cycle = (period: number, times: number): number[] =>
    Array.from({ length: period * times }, (_, index) => index % period);

  test('notices a group that is repeated, of one token or of many', () => {
    assert.equal(loops(cycle(1, 1000)), 128);
    assert.equal(loops(cycle(10, 1000)), 137);
    assert.equal(loops(cycle(150, 20)), 150 * 6 - 1);
    assert.equal(loops(cycle(300, 20)), -1);
  });

  test('lets lists, tables and texts with changes pass', () => {
    assert.equal(loops(cycle(40, 5)), -1);
    assert.equal(loops(cycle(2, 60)), -1);
    // A list whose numbers change.
    assert.equal(
      loops(Array.from({ length: 5000 }, (_, index) => (index % 8 === 0 ? index : index % 8))),
      -1,
    );
  });
});
