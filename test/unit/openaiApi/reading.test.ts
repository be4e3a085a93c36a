/** Bytes that a server may send, in any pieces and of any shape: readers neither fail nor depend on where it was cut. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readChunk } from '../../../src/openaiApi/chunk.ts';
import { EventStream } from '../../../src/openaiApi/eventStream.ts';
import {
  AnswerStream,
  CallAssembler,
  isLoading,
  isOverflow,
  readModelList,
  readServerError,
  rescuedText,
} from '../../../src/openaiApi/index.ts';
import { SERVERS } from '../../../src/openaiApi/servers/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function eventsOf(text: string, cuts: readonly number[]): unknown[] {
  const stream = new EventStream();
  const all = bytes(text);
  const places = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].sort((a, b) => a - b);
  const pieces = [0, ...places].map((from, index) => all.subarray(from, [...places, all.length][index]));
  return [...pieces.flatMap((piece) => stream.push(piece)), ...stream.end()];
}

describe('events of a stream', () => {
  test('have fields, comments, lines of data, and any line end', () => {
    const text = ': ping\r\ndata: a\r\ndata:b\r\n\r\nevent: error\ndata\n\nid: 7\n\rretry: 1\ndata: é👋';
    assert.deepEqual(eventsOf(text, []), [
      { name: undefined, data: 'a\nb' },
      { name: 'error', data: '' },
      { name: undefined, data: 'é👋' },
    ]);
  });

  test('are the same wherever the bytes were cut', () => {
    const line = fc.oneof(
      fc.constantFrom('', 'data: {"a":1}', 'data:é👋', ': ping', 'event: error', 'data', 'x'),
      fc.string(),
    );
    const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')));
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (lines, cuts) => {
        const text = lines.flat().join('');
        assert.deepEqual(eventsOf(text, cuts), eventsOf(text, []));
      }),
    );
  });

  test('are read in time that grows with their length, even if all lines are blank', () => {
    const stream = new EventStream();
    const blank = bytes('\n'.repeat(1024 * 1024));
    const before = cpuMs();
    assert.deepEqual(stream.push(blank), []);
    // A tenth of a second; a search of the rest for a carriage return at each line took a minute.
    assert.ok(cpuMs() - before < 5_000);
  });
});

describe('foreign JSON', () => {
  test('is a chunk, a list and an error of some kind', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const chunk = readChunk(json);
        assert.equal(typeof chunk.text, 'string');
        const calls = new CallAssembler();
        for (const call of chunk.calls) calls.push(call);
        assert.ok(calls.end().length <= chunk.calls.length);
        const error = readServerError(bytes(JSON.stringify(json)));
        assert.equal(typeof isOverflow(error), 'boolean');
        rescuedText(error);
        for (const entry of readModelList(json) ?? [])
          for (const server of SERVERS) assert.equal(server.readEntry(entry).id, entry.id);
        [...new AnswerStream().push(bytes(`data: ${JSON.stringify(JSON.stringify(json))}\n\n`))];
      }),
    );
  });

  test('of any shape behind a known field is read without a failure', () => {
    const names = [
      'choices',
      'delta',
      'message',
      'content',
      'tool_calls',
      'function',
      'usage',
      'error',
      'logprobs',
    ];
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, 0, -1, 1e300, '', 'x', true),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names, 'index', 'id', 'name', 'arguments'), tie('node'), {
          maxKeys: 4,
        }),
      ),
    })).node;
    fc.assert(
      fc.property(value, (json) => {
        const { text, thought, calls } = readChunk(json);
        assert.ok(typeof text === 'string' && typeof thought === 'string');
        const assembler = new CallAssembler();
        for (const call of calls) assembler.push(call);
        for (const call of assembler.end()) assert.equal(typeof call.arguments, 'string');
      }),
    );
  });
});

describe('calls in pieces', () => {
  const delta = (index: number | undefined, id?: string, name?: string, args?: string) => ({
    index,
    id,
    name,
    arguments: args,
  });
  const assembled = (...deltas: ReturnType<typeof delta>[]) => {
    const calls = new CallAssembler();
    for (const one of deltas) calls.push(one);
    return calls.end().map(({ name, arguments: text }) => `${name}(${text})`);
  };

  test('belong together by index and by id', () => {
    assert.deepEqual(
      assembled(
        delta(0, 'a', 'f', '{'),
        delta(1, 'b', 'g', '{'),
        delta(0, undefined, undefined, '}'),
        delta(1, 'b', 'g', '}'),
      ),
      ['f({})', 'g({})'],
    );
  });

  test('without an index go on with the last one, and a name after whole arguments begins the next', () => {
    assert.deepEqual(
      assembled(
        delta(undefined, undefined, 'f', '{"a":'),
        delta(undefined, undefined, undefined, '1}'),
        delta(undefined, undefined, 'f', '{}'),
      ),
      ['f({"a":1})', 'f({})'],
    );
  });

  test('end with the brace of their own, whatever stands in their texts', () => {
    const text = '{"a":"}\\"{","b":[{}]}';
    for (let cut = 1; cut < text.length; cut++) {
      const calls = assembled(
        delta(undefined, undefined, 'f', text.slice(0, cut)),
        delta(undefined, undefined, 'f', text.slice(cut)),
        delta(undefined, undefined, 'f', '{}'),
      );
      assert.deepEqual(calls, [`f(${text})`, 'f({})']);
    }
  });

  test('are parallel ones though they have one id', () => {
    const one = ['x', 'f', '{"a":1}'] as const;
    const other = ['x', 'f', '{"a":2}'] as const;
    const expected = ['f({"a":1})', 'f({"a":2})'];
    assert.deepEqual(assembled(delta(0, ...one), delta(1, ...other)), expected);
    assert.deepEqual(assembled(delta(0, ...one), delta(0, ...other)), expected);
    assert.deepEqual(assembled(delta(undefined, ...one), delta(undefined, ...other)), expected);
    assert.deepEqual(
      assembled(
        delta(0, 'x', 'f', '{"a":'),
        delta(1, 'x', 'f', '{"a":'),
        delta(0, 'x', undefined, '1}'),
        delta(1, undefined, undefined, '2}'),
      ),
      expected,
    );
    // A server that repeats the whole call at the end.
    assert.deepEqual(assembled(delta(0, ...one), delta(0, ...one)), ['f({"a":1})']);
  });

  test('may begin with an empty object in place of arguments', () => {
    const rest = [delta(0, undefined, undefined, '{"a"'), delta(0, undefined, undefined, ':1}')];
    assert.deepEqual(assembled(delta(0, 'x', 'f', '{}'), ...rest), ['f({"a":1})']);
    const repeated = [delta(0, 'x', 'f', '{"a"'), delta(0, 'x', 'f', ':1}')];
    assert.deepEqual(assembled(delta(0, 'x', 'f', '{}'), ...repeated), ['f({"a":1})']);
    assert.deepEqual(assembled(delta(0, 'x', 'f', '{}'), delta(0, undefined, undefined, '')), ['f({})']);
  });

  test('may have no arguments', () => {
    assert.deepEqual(assembled(delta(0, 'x', 'f'), delta(1, 'y', 'g')), ['f()', 'g()']);
    assert.deepEqual(assembled(delta(undefined, undefined, 'f'), delta(undefined, undefined, 'g', '{}')), [
      'f()',
      'g({})',
    ]);
    assert.deepEqual(assembled(delta(0, undefined, 'f'), delta(0, undefined, 'f', '{}')), ['f({})']);
  });

  test('of a whole message are told by their places', () => {
    const call = { function: { name: 'f' } };
    const calls = new CallAssembler();
    for (const one of readChunk({ choices: [{ message: { tool_calls: [call, call] } }] }).calls)
      calls.push(one);
    assert.equal(calls.end().length, 2);
  });

  test('are not more than an answer may have', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => delta(index, `${index}`, 'f', '{}'));
    assert.equal(assembled(...many).length, 64);
  });
});

describe('reasons of servers', () => {
  const error = (json: unknown) => readServerError(bytes(JSON.stringify(json)));

  test('for a prompt that is too long, in all their words', () => {
    for (const message of [
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
      'request (3031 tokens) exceeds the available context size (2048 tokens), try increasing it',
      'Requested tokens (2049) exceed context window of 2048',
      'the input length exceeds the context length',
      'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
    ])
      assert.ok(isOverflow(error({ error: { message } })), message);
    assert.ok(!isOverflow(error({ error: { message: 'model not found' } })));
  });

  test('for a model that is not there yet', () => {
    assert.ok(isLoading(503, error({ error: { message: 'Loading model', type: 'unavailable_error' } })));
    assert.ok(isLoading(503, error({ error: 'installing the backend' })));
    assert.ok(!isLoading(503, error({ error: 'disk failure' })));
    assert.ok(!isLoading(500, error({ error: 'Loading model' })));
  });

  test('are one line without control characters', () => {
    assert.equal(error({ error: 'a\n\u202eb' }).message, 'a b');
    assert.equal(readServerError(bytes('<html><head><title>Sign\nin</title>')).isPage, true);
    assert.equal(readServerError(bytes('Bad Gateway')).message, 'Bad Gateway');
  });
});
