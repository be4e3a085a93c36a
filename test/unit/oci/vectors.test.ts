/**
 * The cases of upstream's own tests, from test/vectors. A case that belongs to a contract which this project
 * did not choose is skipped, and its reason is printed beside it.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { parseChallenges, pickChallenge } from '../../../src/oci/auth/challenge.ts';
import { cleanScopes, repositoryScope } from '../../../src/oci/auth/scope.ts';
import { judgePartialAnswer, parseContentRange } from '../../../src/oci/http/contentRange.ts';
import { nextPage } from '../../../src/oci/http/link.ts';
import {
  type DigestAlgorithm,
  type DigestProblem,
  digestOf,
  digestProblem,
  tryParseDigest,
} from '../../../src/oci/spec/digest.ts';
import { huggingFace } from '../../../src/oci/spec/hosts/huggingFace.ts';
import { isRegistryHost } from '../../../src/oci/spec/names.ts';
import {
  formatOllamaName,
  isOllamaPart,
  isWholeOllamaName,
  type OllamaPart,
  ollamaManifestPath,
  parseOllamaManifestPath,
  shortOllamaName,
  splitOllamaName,
  withOllamaDefaults,
} from '../../../src/oci/spec/ollamaName.ts';
import {
  DEFAULTS,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
} from '../../../src/oci/spec/reference.ts';
import { testVectors, type VectorCase } from '../../support/vectors.ts';
import { refusal } from './support.ts';

/** Docker's own defaults, for the vectors of distribution/reference. */
const AS_DOCKER = { ...DEFAULTS, namespace: 'library' };

interface ReferenceCase extends VectorCase {
  readonly op: string;
  readonly input: string;
  readonly ok: boolean;
  readonly error?: string;
  readonly expected?: Readonly<Record<string, string>>;
}

function accepts(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    assert.ok(error instanceof ModelError);
    return false;
  }
}

/** What distribution/reference calls an error, and how it shows in a sentence here. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  'name-contains-uppercase': /upper-case/,
  'digest-invalid-length': /wrong number of digits/,
  'digest-unsupported': /its algorithm is not/,
  'name-too-long': /longer than 255/,
  'invalid-format': /is not a/,
};

describe('references', () => {
  testVectors<ReferenceCase>(
    'reference-normalisation',
    ({ op, input, ok, expected }) => {
      if (!ok) {
        assert.throws(() => parseReference(input, AS_DOCKER), { code: 'reference-invalid' });
        return;
      }
      const reference = parseReference(input, AS_DOCKER);
      const name = `${reference.registry}/${reference.repository}`;
      if (expected === undefined) return;
      if (op === 'parseNormalizedNamed') {
        assert.equal(reference.registry, expected['domain']);
        assert.equal(reference.repository, expected['path']);
        if (expected['canonical'] !== undefined) assert.equal(name, expected['canonical']);
        if (expected['familiar'] !== undefined) {
          assert.equal(familiarReference(reference, AS_DOCKER), `${expected['familiar']}:latest`);
        }
      } else if (op === 'parseDockerRef' || input.includes(':') || input.includes('@')) {
        // Docker drops the tag beside a digest; here it stays, for display.
        const { tag, ...rest } = reference;
        const shown: Reference = reference.digest === undefined ? { ...rest, tag } : rest;
        assert.equal(formatReference(shown), expected['string']);
      } else {
        assert.equal(name, expected['string']);
      }
    },
    ({ op, expected }) =>
      op === 'parseAnyReference' && expected?.['string']?.startsWith('sha256:')
        ? 'an identifier without a name means an image of a daemon, and there is none'
        : undefined,
  );

  testVectors<ReferenceCase>(
    'reference-grammar',
    ({ op, input, ok, error, expected }) => {
      if (op === 'matchDomain') {
        assert.equal(isRegistryHost(input), ok);
        return;
      }
      if (op === 'matchIdentifier') {
        const refused = !accepts(input) && /a digest alone/.test(refusal(input));
        assert.equal(refused && !input.includes(':'), ok);
        return;
      }
      if (op === 'matchName' || op === 'withName') {
        // A name alone has no tag; one that the domain rule would split elsewhere is put on a registry.
        const named = /^[^/]*[.:][^/]*\//.test(input) ? input : `example.com/${input}`;
        assert.equal(accepts(`${named}:t`), ok);
        return;
      }
      if (!ok) {
        assert.match(refusal(input), REFUSALS[error ?? ''] ?? /./);
        return;
      }
      const reference = parseReference(input);
      if (expected === undefined) return;
      if (op === 'parseNamedStrict') {
        assert.deepEqual([reference.registry, reference.repository], [expected['domain'], expected['path']]);
        return;
      }
      assert.equal(reference.tag ?? '', expected['tag'] || (expected['digest'] === '' ? 'latest' : ''));
      assert.equal(reference.digest ?? '', expected['digest']);
    },
    ({ error }) =>
      error === 'name-not-canonical' ? 'short names are read with defaults, and never refused' : undefined,
  );
});

describe('Docker Model Runner’s names', () => {
  interface NameCase extends VectorCase {
    readonly op: string;
    readonly input: string;
    readonly expected: unknown;
  }
  const reasons: Readonly<Record<string, string>> = {
    'short ID (12 hex chars) not in store': 'a name is never looked up as an identifier of the local store',
    'sha256 digest not in store': 'a digest without a name is refused, with the reason',
    'full digest (with sha256:) returns as-is': 'a digest without a name is refused, with the reason',
    'whitespace only': 'an empty name is refused, and does not become an empty name',
    'org/name with trailing colon': 'a colon without a tag is refused, and not taken for latest',
    'name with uppercase (not huggingface)':
      'upper case is refused with the lower-case name as a hint, and not changed silently',
  };
  testVectors<NameCase>(
    'model-runner-name',
    ({ op, input, expected }) => {
      const reference = parseReference(input);
      if (op === 'isHuggingFaceReference')
        assert.equal(reference.registry === huggingFace.registry, expected);
      else if (op === 'parseHFReference') {
        const { repository: repo, tag } = reference;
        // The revision is always main upstream as well.
        assert.deepEqual({ repo, revision: 'main', tag }, expected);
      } else assert.equal(formatReference(reference).replace(/^docker\.io\//, ''), expected);
    },
    ({ name }) => reasons[name ?? ''],
  );
});

describe('Ollama’s names', () => {
  interface OllamaCase extends VectorCase {
    readonly op: string;
    readonly input: string;
    readonly kind?: OllamaPart;
    readonly expected: unknown;
  }
  const operations: Readonly<Record<string, (vector: OllamaCase) => unknown>> = {
    parseBare: ({ input }) => {
      const { scheme: protocolScheme, ...parts } = splitOllamaName(input);
      return { protocolScheme, ...parts };
    },
    bareIsFullyQualified: ({ input }) => isWholeOllamaName(splitOllamaName(input)),
    parseThenFilepath: ({ input }) => ollamaManifestPath(withOllamaDefaults(splitOllamaName(input))),
    parseToString: ({ input }) => formatOllamaName(withOllamaDefaults(splitOllamaName(input))),
    displayShortest: ({ input }) => shortOllamaName(withOllamaDefaults(splitOllamaName(input))),
    isValidPart: ({ input, kind }) => isOllamaPart(kind ?? 'model', input),
    isValidNamespace: ({ input }) => isOllamaPart('namespace', input),
    fromFilepath: ({ input }) => {
      const name = parseOllamaManifestPath(input);
      if (name === undefined) return null;
      const { scheme: _, ...parts } = name;
      return parts;
    },
  };
  testVectors<OllamaCase>('ollama-name', (vector) => {
    const operation = operations[vector.op];
    assert.ok(operation, `no operation ${vector.op}`);
    assert.deepEqual(operation(vector), vector.expected);
  });
});

describe('digests', () => {
  interface DigestCase extends VectorCase {
    readonly op: string;
    readonly input: string;
    readonly algorithm?: DigestAlgorithm;
    readonly error?: string;
    readonly expected?: unknown;
  }
  const problems: Readonly<Record<string, DigestProblem>> = {
    'invalid-format': 'format',
    'invalid-length': 'length',
    unsupported: 'algorithm',
  };
  testVectors<DigestCase>(
    'digest',
    ({ op, input, algorithm, error, expected }) => {
      if (op === 'hashUtf8') {
        assert.equal(digestOf(Buffer.from(input, 'utf8'), algorithm), expected);
      } else if (error !== undefined) {
        assert.equal(tryParseDigest(input), undefined);
        assert.equal(digestProblem(input), problems[error]);
      } else {
        const parts = tryParseDigest(input);
        assert.deepEqual({ algorithm: parts?.algorithm, encoded: parts?.hex }, expected);
      }
    },
    ({ input }) =>
      input.startsWith('blake3:')
        ? 'blake3 is an optional algorithm upstream, and Node has no hash for it'
        : undefined,
  );
});

describe('headers', () => {
  interface ChallengeShape {
    readonly scheme: string;
    readonly params: Readonly<Record<string, string>>;
  }
  interface ChallengeCase extends VectorCase {
    readonly headers: readonly string[];
    readonly style: string;
    readonly error?: string;
    readonly expected?: readonly ChallengeShape[];
    readonly expectedPick?: ChallengeShape;
  }
  testVectors<ChallengeCase>(
    'auth-challenge',
    ({ headers, style, expected, expectedPick }) => {
      const parsed = parseChallenges(headers);
      if (expectedPick !== undefined) {
        const picked = pickChallenge(parsed);
        assert.equal(picked?.scheme, expectedPick.scheme);
        assert.equal(picked?.params['realm'] ?? '', expectedPick.params['realm']);
        return;
      }
      // oras calls all other schemes unknown, and keeps no parameters of Basic.
      const shown = parsed.map(({ scheme, params }) => ({
        scheme: scheme === 'basic' || scheme === 'bearer' ? scheme : 'unknown',
        params: style === 'lenient-single' && scheme === 'basic' ? {} : { ...params },
      }));
      assert.deepEqual(shown, expected);
    },
    ({ error }) =>
      error === undefined ? undefined : 'regclient throws; here what stands before the mistake is kept',
  );

  interface ScopeCase extends VectorCase {
    readonly op: string;
    readonly repository: string;
    readonly actions: readonly string[];
    readonly scopes: readonly string[];
    readonly input: string;
    readonly push: boolean;
    readonly expected: string | readonly string[];
  }
  testVectors<ScopeCase>('auth-scope', (vector) => {
    const { op, repository, actions, scopes, input, push, expected } = vector;
    if (op === 'scopeRepository') assert.equal(repositoryScope(repository, actions), expected);
    else if (op === 'cleanScopes') assert.deepEqual(cleanScopes(scopes), expected);
    else {
      const path = input.slice(input.indexOf('/') + 1);
      assert.equal(repositoryScope(path, push ? ['push', 'pull'] : ['pull']), expected);
    }
  });

  interface LinkCase extends VectorCase {
    readonly op: string;
    readonly requestUrl?: string;
    readonly headers: readonly string[];
    readonly ok: boolean;
    readonly expected?: string;
  }
  const linkReasons: Readonly<Record<string, string>> = {
    'invalid parm': '“&” is a character of a token in RFC 9110, so this is a valid parameter',
    'invalid star': '“*” is a character of a token in RFC 9110, so this is a valid parameter',
  };
  testVectors<LinkCase>(
    'link-header',
    ({ requestUrl = 'https://registry.example.com/v2/_catalog', headers, ok, expected = '' }) => {
      if (!ok) assert.throws(() => nextPage(requestUrl, headers), { code: 'registry-error' });
      else assert.equal(nextPage(requestUrl, headers), new URL(expected, requestUrl).href);
    },
    ({ op, name, headers }) =>
      op === 'get' && headers.some((line) => /(^|,)\s*\/[^<>]*(;|,|$)/.test(line))
        ? 'regclient also reads targets without “<>”, which RFC 8288 does not have'
        : linkReasons[name ?? ''],
  );

  interface RangeCase extends VectorCase {
    readonly op: string;
    readonly headers: readonly string[];
    readonly offset: number;
    readonly ok: boolean;
    readonly expected: unknown;
    readonly request: { readonly have: number; readonly size: number };
    readonly response: { readonly status: number; readonly [header: string]: unknown };
  }
  const verdicts: Readonly<Record<string, string>> = {
    append: 'append',
    reject: 'without-range',
    'retry-without-range': 'without-range',
    // Nothing is requested when all bytes are there; the verdict on such an answer is the harmless one.
    'verify-digest': 'without-range',
    'reauth-and-repeat-range': 'failed',
    're-request-from-registry': 'failed',
  };
  testVectors<RangeCase>('content-range', ({ op, headers, ok, offset, expected, request, response }) => {
    if (op === 'parseContentRange') {
      const range = parseContentRange(headers);
      if (!ok) assert.equal(range, undefined);
      else assert.deepEqual({ ...range, total: range?.total ?? null }, expected);
      return;
    }
    if (op === 'startsAt') {
      assert.equal(parseContentRange(headers)?.first === offset, expected);
      return;
    }
    const contentRange = response['content-range'];
    const contentEncoding = response['content-encoding'];
    const verdict = judgePartialAnswer({
      offset: request.have,
      size: request.size,
      status: response.status,
      contentRange: typeof contentRange === 'string' ? [contentRange] : [],
      contentEncoding: typeof contentEncoding === 'string' ? contentEncoding : undefined,
    });
    assert.equal(verdict, verdicts[String(expected)]);
  });
});
