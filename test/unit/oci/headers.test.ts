import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseChallenges, pickChallenge } from '../../../src/oci/challenge.ts';
import { judgePartialAnswer, parseContentRange } from '../../../src/oci/contentRange.ts';
import { nextPage } from '../../../src/oci/link.ts';
import { cleanScopes, repositoryScope } from '../../../src/oci/scope.ts';
import { readVectors, type VectorCase } from '../../support/vectors.ts';

interface ChallengeShape {
  readonly scheme: string;
  readonly params: Readonly<Record<string, string>>;
}
interface ChallengeCase extends VectorCase {
  readonly headers: readonly string[];
  readonly style: string;
  readonly expected?: readonly ChallengeShape[];
  readonly expectedPick?: ChallengeShape;
}

describe('challenges', () => {
  for (const vector of readVectors<ChallengeCase>('auth-challenge')) {
    test(`${vector.id} ${vector.name}`, () => {
      const parsed = parseChallenges(vector.headers);
      if (vector.expectedPick !== undefined) {
        const picked = pickChallenge(parsed);
        assert.equal(picked?.scheme, vector.expectedPick.scheme);
        assert.equal(picked?.params['realm'] ?? '', vector.expectedPick.params['realm']);
      } else if (vector.expected === undefined) {
        // Upstream throws; here what stands before the mistake is kept.
        assert.equal(parsed[0]?.scheme, 'basic');
      } else {
        // oras calls all other schemes unknown, and keeps no parameters of Basic.
        const shown = parsed.map(({ scheme, params }) => ({
          scheme: scheme === 'basic' || scheme === 'bearer' ? scheme : 'unknown',
          params: vector.style === 'lenient-single' && scheme === 'basic' ? {} : { ...params },
        }));
        assert.deepEqual(shown, vector.expected);
      }
    });
  }

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

interface ScopeCase extends VectorCase {
  readonly op: string;
  readonly repository: string;
  readonly actions: readonly string[];
  readonly scopes: readonly string[];
  readonly input: string;
  readonly push: boolean;
  readonly expected: string | readonly string[];
}

describe('scopes', () => {
  for (const vector of readVectors<ScopeCase>('auth-scope')) {
    test(`${vector.id} ${vector.name ?? vector.input}`, () => {
      if (vector.op === 'scopeRepository') {
        assert.equal(repositoryScope(vector.repository, vector.actions), vector.expected);
      } else if (vector.op === 'cleanScopes') {
        assert.deepEqual(cleanScopes(vector.scopes), vector.expected);
      } else {
        const repository = vector.input.slice(vector.input.indexOf('/') + 1);
        const actions = vector.push ? ['push', 'pull'] : ['pull'];
        assert.equal(repositoryScope(repository, actions), vector.expected);
      }
    });
  }
});

interface LinkCase extends VectorCase {
  readonly op: string;
  readonly requestUrl?: string;
  readonly headers: readonly string[];
  readonly param?: string;
  readonly value?: string;
  readonly ok: boolean;
  readonly expected?: string;
}

describe('links', () => {
  // “&” and “*” are characters of a token in RFC 9110, so these two are valid here.
  const tokens = new Set(['invalid parm', 'invalid star']);
  for (const vector of readVectors<LinkCase>('link-header')) {
    // regclient also reads targets without <>; the RFC has none.
    if (vector.op === 'get' && vector.headers.some((line) => /(^|,)\s*\/[^<>]*(;|,|$)/.test(line))) continue;
    test(`${vector.id} ${vector.name}`, () => {
      const request = vector.requestUrl ?? 'https://registry.example.com/v2/_catalog';
      if (tokens.has(vector.name ?? '')) assert.equal(nextPage(request, vector.headers), undefined);
      else if (!vector.ok) assert.throws(() => nextPage(request, vector.headers), { code: 'registry-error' });
      else assert.equal(nextPage(request, vector.headers), new URL(vector.expected ?? '', request).href);
    });
  }

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

interface RangeCase extends VectorCase {
  readonly op: string;
  readonly headers: readonly string[];
  readonly offset: number;
  readonly ok: boolean;
  readonly expected: unknown;
  readonly request: { readonly have: number; readonly size: number };
  readonly response: { readonly status: number; readonly [header: string]: unknown };
}

describe('content ranges', () => {
  for (const vector of readVectors<RangeCase>('content-range')) {
    test(`${vector.id} ${vector.name ?? vector.headers.join()}`, () => {
      if (vector.op === 'parseContentRange') {
        const range = parseContentRange(vector.headers);
        if (!vector.ok) assert.equal(range, undefined);
        else assert.deepEqual({ ...range, total: range?.total ?? null }, vector.expected);
        return;
      }
      if (vector.op === 'startsAt') {
        assert.equal(parseContentRange(vector.headers)?.first === vector.offset, vector.expected);
        return;
      }
      const contentRange = vector.response['content-range'];
      const verdict = judgePartialAnswer({
        offset: vector.request.have,
        size: vector.request.size,
        status: vector.response.status,
        contentRange: typeof contentRange === 'string' ? [contentRange] : [],
        contentEncoding: vector.response['content-encoding'] as string | undefined,
      });
      const expected: Readonly<Record<string, string>> = {
        append: 'append',
        reject: 'without-range',
        'retry-without-range': 'without-range',
        // Nothing is requested when all bytes are there; the verdict on such an answer is the harmless one.
        'verify-digest': 'without-range',
        'reauth-and-repeat-range': 'failed',
        're-request-from-registry': 'failed',
      };
      assert.equal(verdict, expected[String(vector.expected)]);
    });
  }

  test('a whole body, and one that is encoded', () => {
    const answer = { offset: 100, size: 500, status: 200, contentRange: [], contentEncoding: undefined };
    assert.equal(judgePartialAnswer(answer), 'from-start');
    assert.equal(judgePartialAnswer({ ...answer, contentEncoding: 'Identity' }), 'from-start');
    assert.equal(judgePartialAnswer({ ...answer, contentEncoding: 'gzip' }), 'failed');
  });
});
