import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseChallenges, pickChallenge } from '../../../src/oci/auth/challenge.ts';
import { judgePartialAnswer } from '../../../src/oci/http/contentRange.ts';
import { nextPage } from '../../../src/oci/http/link.ts';
import fc from '../../support/fastCheck.ts';

describe('challenges', () => {
  test('several challenges in one line, with commas in a value', () => {
    const line =
      'Negotiate YWJj==, Basic realm="a, \\"b\\"" , Bearer realm="https://t/",scope="r:x:pull,push"';
    assert.deepEqual(parseChallenges([line]), [
      { scheme: 'negotiate', params: {} },
      { scheme: 'basic', params: { realm: 'a, "b"' } },
      { scheme: 'bearer', params: { realm: 'https://t/', scope: 'r:x:pull,push' } },
    ]);
    assert.deepEqual(
      parseChallenges(['Basic realm="x", Negotiate']).map(({ scheme }) => scheme),
      ['basic', 'negotiate'],
    );
    assert.equal(pickChallenge(parseChallenges(['Basic realm="x"', 'Bearer realm="y"']))?.scheme, 'bearer');
    assert.equal(pickChallenge(parseChallenges(['Digest realm="x"'])), undefined);
  });

  test('an address without quotation marks is one', () => {
    assert.deepEqual(parseChallenges(['Bearer realm=https://t.example/token?a=b,service=r.example']), [
      { scheme: 'bearer', params: { realm: 'https://t.example/token?a=b', service: 'r.example' } },
    ]);
  });

  test('a parameter called __proto__ is a parameter', () => {
    const params = parseChallenges(['Bearer __proto__="x"'])[0]?.params ?? {};
    assert.ok(Object.hasOwn(params, '__proto__'));
  });

  test('never throws', () => {
    const piece = fc.constantFrom('Bearer', ' ', ',', '=', '"', '\\', 'realm', 'a', '==', '\t', 'é');
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.array(piece).map((all) => all.join('')),
          ),
        ),
        (lines) => {
          for (const { scheme } of parseChallenges(lines)) assert.match(scheme, /^\S+$/);
        },
      ),
    );
  });
});

describe('links', () => {
  test('the last page has no next link', () => {
    assert.equal(nextPage('https://r.example/v2/_catalog', []), undefined);
    assert.equal(nextPage('https://r.example/v2/_catalog', ['</a>; rel="prev"']), undefined);
    assert.equal(
      nextPage('https://r.example/v2/a', ['</b>;rel="prev", <?n=2>; REL=Next']),
      'https://r.example/v2/a?n=2',
    );
  });

  test('reads or refuses any header', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        try {
          nextPage('https://r.example/v2/a', lines);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'registry-error');
        }
      }),
    );
  });
});

describe('content ranges', () => {
  test('a part that is far shorter than asked for is none', () => {
    const size = 4_000_000_000;
    const verdict = (first: number, last: number, end = size) =>
      judgePartialAnswer({
        offset: first,
        end,
        size,
        status: 206,
        contentRange: [`bytes ${first}-${last}/${size}`],
        contentEncoding: undefined,
      });
    assert.equal(verdict(1000, 1000), 'without-range');
    assert.equal(verdict(1000, 1000 + 16 * 1024 - 2), 'without-range');
    assert.equal(verdict(1000, 1000 + 16 * 1024 - 1), 'append');
    assert.equal(verdict(1000, 1000, 1001), 'append', 'one byte was asked for');
    assert.equal(verdict(size - 10, size - 1), 'append', 'the rest is short');
  });

  test('a whole body, and one that is encoded', () => {
    const answer = { offset: 100, size: 500, status: 200, contentRange: [], contentEncoding: undefined };
    assert.equal(judgePartialAnswer(answer), 'from-start');
    assert.equal(judgePartialAnswer({ ...answer, contentEncoding: 'Identity' }), 'from-start');
    assert.equal(
      judgePartialAnswer({ ...answer, contentEncoding: 'gzip' }),
      'from-start',
      'the digest decides',
    );
  });
});
