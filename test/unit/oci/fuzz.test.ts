/**
 * Every parser of the registry's room, with 10,000 inputs each: random ones, and valid ones that were changed at
 * random. A parser gives a value or a ModelError, and it gives it soon.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { parseChallenges, pickChallenge } from '../../../src/oci/auth/challenge.ts';
import { realmServer } from '../../../src/oci/auth/realm.ts';
import { cleanScopes } from '../../../src/oci/auth/scope.ts';
import { parseMirror } from '../../../src/oci/client/mirrors.ts';
import { NameScanner } from '../../../src/oci/client/nameScanner.ts';
import { uploadedBytes } from '../../../src/oci/client/push.ts';
import { parseRetryAfter, printable, registryMessage } from '../../../src/oci/http/answerErrors.ts';
import { judgePartialAnswer, parseContentRange } from '../../../src/oci/http/contentRange.ts';
import { nextPage, pageAfter } from '../../../src/oci/http/link.ts';
import { isLoopbackHost, registryOrigin } from '../../../src/oci/http/servers.ts';
import { parseWarnings } from '../../../src/oci/http/warning.ts';
import { addressZone, hostZone } from '../../../src/oci/http/zone.ts';
import { digestProblem, parseDigest } from '../../../src/oci/spec/digest.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import { isRegistryHost } from '../../../src/oci/spec/names.ts';
import {
  parseOllamaManifestPath,
  splitOllamaName,
  wrongOllamaPart,
} from '../../../src/oci/spec/ollamaName.ts';
import { readReason } from '../../../src/oci/spec/reason.ts';
import { familiarReference, parseReference } from '../../../src/oci/spec/reference.ts';
import { expandShorthand, hasLogin } from '../../../src/oci/spec/shorthand.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';
import { SEED } from '../../support/seed.ts';
import { readVectors } from '../../support/vectors.ts';

const RUNS = 10_000;
/** Milliseconds of processor time; the most that one input may take. */
const MAX_MS = 50;

/** All texts that stand somewhere in a file of vectors. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

function vectorTexts(...names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => readVectors(name).flatMap(texts)))];
}

/** Valid texts with characters put in, taken out, doubled or repeated very often. */
function mutated(seeds: readonly string[]): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(),
    drop: fc.nat(4),
    put: fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom(
        '"',
        '\\',
        ',',
        ';',
        '=',
        ':',
        '/',
        '@',
        '<',
        '>',
        ' ',
        '\t',
        '-',
        '.',
        '_',
        '\u202e',
        '\0',
      ),
    ),
    times: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(8_000) }),
  });
  return fc.tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: 4 })).map(([seed, changes]) =>
    changes.reduce((text, { at, drop, put, times }) => {
      const place = at % (text.length + 1);
      return `${text.slice(0, place)}${put.repeat(times)}${text.slice(place + drop)}`;
    }, seed),
  );
}

/** Inputs of a parser of texts that look like `seeds`. */
function inputs(seeds: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: mutated(seeds) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
}

const names = inputs([
  ...vectorTexts(
    'reference-grammar',
    'reference-normalisation',
    'ollama-name',
    'model-runner-name',
    'digest',
  ),
  'https://hub.docker.com/r/ai/smollm2/tags?page=2#x',
  'ollama://qwen2.5-coder:1.5b',
  'https://huggingface.co/Org/R/blob/main/F.gguf',
  'https://user:secret@example.com/a',
]);
const headers = inputs(vectorTexts('auth-challenge', 'auth-scope', 'link-header', 'content-range'));
const warnings = inputs(['299 - "The tag \\"latest\\" goes away."', '199 a "b"']);
const bodies = inputs([
  '{"errors":[{"code":"DENIED","message":"no","detail":null}]}',
  '{"schemaVersion":2,"layers":[],"config":{"mediaType":"a","digest":"sha256:00","size":1}}',
  '{"schemaVersion":2,"manifests":[{"digest":"x","size":-1,"platform":{"os":"a","architecture":"b"}}]}',
  '{"schemaVersion":2,"layers":[],"subject":{},"annotations":{"__proto__":"x"}}',
]);
const mirrors = inputs([
  'harbor.example.com/hub',
  'https://a.example/x/v2/y',
  'localhost:5000',
  '[::1]:5000/a/v2',
]);
const answers = fc.record({
  offset: fc.nat(),
  size: fc.nat(),
  status: fc.constantFrom(200, 206, 416, 500),
  contentRange: fc.array(headers, { maxLength: 2 }),
  contentEncoding: fc.option(headers, { nil: undefined }),
});

/** One test for a parser: `parse` gives a value or a ModelError within the time limit, for every input. */
function fuzz<Input>(name: string, input: fc.Arbitrary<Input>, parse: (input: Input) => unknown): void {
  test(name, (t) => {
    let slowest = 0;
    const property = fc.property(input, (value) => {
      const started = cpuMs();
      try {
        parse(value);
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
      }
      const ms = cpuMs() - started;
      slowest = Math.max(slowest, ms);
      // Garbage collection is not the parser's fault: what is slow has to be slow again.
      if (ms > MAX_MS) assert.ok(timeOf(parse, value) <= MAX_MS, `took ${ms.toFixed(0)} ms`);
    });
    fc.assert(property, { numRuns: RUNS });
    t.diagnostic(`${name}: ${RUNS} inputs, the slowest took ${slowest.toFixed(1)} ms (seed ${SEED})`);
  });
}

/** Milliseconds of the faster one of two tries. */
function timeOf<Input>(parse: (input: Input) => unknown, value: Input): number {
  const times = [0, 1].map(() => {
    const started = cpuMs();
    try {
      parse(value);
    } catch {
      // What it throws was looked at before; only the time counts here.
    }
    return cpuMs() - started;
  });
  return Math.min(...times);
}

describe('parsers of any text', () => {
  fuzz('parseReference and familiarReference', names, (text) => familiarReference(parseReference(text)));
  fuzz('expandShorthand and hasLogin', names, (text) => [expandShorthand(text), hasLogin(text)]);
  fuzz('splitOllamaName', names, (text) => wrongOllamaPart(splitOllamaName(text)));
  fuzz('parseOllamaManifestPath', names, parseOllamaManifestPath);
  fuzz('parseDigest', names, (text) => [digestProblem(text), parseDigest(text)]);
  fuzz('hosts', names, (text) => [
    isRegistryHost(text),
    isLoopbackHost(text),
    registryOrigin(text, () => true),
  ]);
  fuzz('parseMirror', mirrors, (text) => parseMirror(text, 'docker.io'));
  fuzz('parseChallenges', fc.array(headers, { maxLength: 3 }), (lines) =>
    pickChallenge(parseChallenges(lines)),
  );
  fuzz('cleanScopes', fc.array(headers, { maxLength: 3 }), (scopes) => cleanScopes(scopes));
  fuzz('nextPage', fc.array(headers, { maxLength: 2 }), (lines) =>
    nextPage('https://r.example/v2/a?n=1', lines),
  );
  fuzz('readReason', headers, (text) => readReason(Buffer.from(text)));
  fuzz('hostZone', headers, (text) => [hostZone(text), addressZone(text)]);
  fuzz('pageAfter', fc.array(headers, { maxLength: 2 }), (lines) =>
    pageAfter('https://r.example/v2/a?n=1', lines),
  );
  fuzz('NameScanner', fc.array(headers, { maxLength: 4 }), (pieces) => {
    const scanner = new NameScanner('tags', () => true);
    for (const piece of pieces) scanner.push(Buffer.from(piece));
  });
  fuzz('realmServer', headers, (realm) =>
    realmServer('r.example', { url: new URL('https://r.example') }, realm),
  );
  fuzz('parseContentRange', fc.array(headers, { maxLength: 2 }), parseContentRange);
  fuzz('judgePartialAnswer', answers, judgePartialAnswer);
  fuzz('uploadedBytes', headers, uploadedBytes);
  fuzz('parseRetryAfter', headers, (text) => parseRetryAfter(text, 0));
  fuzz('parseWarnings', fc.array(warnings, { maxLength: 3 }), parseWarnings);
  fuzz('registryMessage and printable', bodies, (text) => [
    registryMessage(Buffer.from(text)),
    printable(text),
  ]);
  fuzz('parseManifest', bodies, (text) => parseManifest(Buffer.from(text)));
});
