import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isRealmAllowed } from '../../../src/oci/auth/token.ts';
import {
  answerError,
  networkError,
  parseRetryAfter,
  printable,
  registryMessage,
} from '../../../src/oci/http/answerErrors.ts';
import { backoffMs } from '../../../src/oci/http/backoff.ts';
import { isLoopbackHost, mayFollow, registryOrigin } from '../../../src/oci/http/servers.ts';

describe('hosts', () => {
  const loopback = [
    'localhost',
    'LOCALHOST:5000',
    'a.localhost',
    '127.0.0.1:5000',
    '127.9.9.9',
    '[::1]:5000',
    '[::1]',
  ];
  const others = [
    'docker.io',
    'localhost.example',
    '128.0.0.1',
    '192.168.0.1:5000',
    '127.0.0.1.example',
    '[::2]',
    '1270001',
  ];
  for (const host of loopback) test(`${host} is this machine`, () => assert.ok(isLoopbackHost(host)));
  for (const host of others) test(`${host} is not`, () => assert.ok(!isLoopbackHost(host)));

  test('plain http is for this machine, and for what is named', () => {
    const none = (): boolean => false;
    assert.equal(registryOrigin('ghcr.io', none), 'https://ghcr.io');
    assert.equal(registryOrigin('docker.io', none), 'https://registry-1.docker.io');
    assert.equal(registryOrigin('localhost:5000', none), 'http://localhost:5000');
    assert.equal(registryOrigin('192.168.0.1:5000', none), 'https://192.168.0.1:5000');
    assert.equal(
      registryOrigin('lan:5000', (host) => host === 'lan:5000'),
      'http://lan:5000',
    );
    assert.throws(() => registryOrigin('[fd00123123123]:75050', none), { code: 'reference-invalid' });
  });

  const hops: readonly [from: string, to: string, allowed: boolean][] = [
    ['https://r.example/a', 'https://cdn.example/b', true],
    ['https://r.example/a', 'http://r.example/a', false],
    ['http://lan:5000/a', 'https://cdn.example/b', true],
    ['https://r.example/a', 'https://127.0.0.1/b', false],
    ['https://r.example/a', 'https://[::1]/b', false],
    ['https://r.example/a', 'https://localhost/b', false],
    ['http://lan:5000/a', 'http://169.254.169.254/latest', false],
    ['http://127.0.0.1:1/a', 'http://127.0.0.1:2/b', true],
    ['https://r.example/a', 'file:///etc/passwd', false],
  ];
  for (const [from, to, allowed] of hops) {
    test(`${from} → ${to}: ${allowed}`, () => assert.equal(mayFollow(new URL(from), new URL(to)), allowed));
  }

  const realms: readonly [origin: string, realm: string, allowed: boolean][] = [
    ['https://registry-1.docker.io', 'https://auth.docker.io/token', true],
    ['https://r.example', 'http://auth.example/token', false],
    ['https://r.example', 'https://127.0.0.1/token', false],
    ['https://r.example', 'https://user:pw@auth.example/token', false],
    ['http://lan:5000', 'http://lan:6000/token', true],
    ['http://lan:5000', 'http://other:6000/token', false],
    ['http://lan:5000', 'https://other/token', true],
    ['http://127.0.0.1:5000', 'http://localhost:6000/token', true],
    ['https://r.example', 'https://10.0.0.7/token', false],
    ['https://r.example', 'https://[fd00::1]/token', false],
    ['https://r.example', 'https://[::ffff:192.168.1.1]/token', false],
    ['https://r.example', 'https://100.64.0.1/token', false],
    ['https://172.32.0.1', 'https://172.33.0.1/token', true],
    ['https://192.168.0.2', 'https://10.0.0.7/token', true],
  ];
  for (const [origin, realm, allowed] of realms) {
    test(`realm of ${origin} at ${realm}: ${allowed}`, () => {
      assert.equal(isRealmAllowed(new URL(origin), new URL(realm)), allowed);
    });
  }
});

describe('failures', () => {
  const subject = { registry: 'r.example', what: 'r.example/a:b', withCredential: false };
  const answer = { body: new Uint8Array(), retryAfter: undefined };
  const statuses: readonly [status: number, withCredential: boolean, code: string, retryable: boolean][] = [
    [401, false, 'auth-required', false],
    [401, true, 'auth-denied', false],
    [403, false, 'auth-denied', false],
    [404, false, 'not-found', false],
    [408, false, 'registry-error', true],
    [429, false, 'rate-limited', true],
    [400, false, 'registry-error', false],
    [503, false, 'registry-error', true],
  ];
  for (const [status, withCredential, code, retryable] of statuses) {
    test(`${status}${withCredential ? ' with a login' : ''} is ${code}`, () => {
      const error = answerError({ ...answer, status }, { ...subject, withCredential }, 0);
      assert.equal(error.code, code);
      assert.equal(error.retryable, retryable);
      assert.equal(error.status, status);
      assert.equal(error.registry, 'r.example');
    });
  }

  test('the words of a registry are on one line, bounded, and without control characters', () => {
    const message = `evil\u001b[31m\n\u202egnp.exe ${'x'.repeat(1000)}`;
    const body = Buffer.from(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
    const said = registryMessage(body);
    assert.match(said, /^DENIED: evil \[31m gnp\.exe x+…$/);
    assert.ok(said.length <= 301);
    assert.equal(registryMessage(Buffer.from('<html>')), '');
    assert.equal(registryMessage(Buffer.from('{"errors":[]}')), '');
    assert.equal(registryMessage(Buffer.from('{"error":"Repository not found"}')), 'Repository not found');
    assert.equal(printable('a\u0000b'), 'a b');
  });

  test('Retry-After', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    assert.equal(parseRetryAfter('120', now), 120_000);
    assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now), 60_000);
    assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:01:00 GMT', now), undefined);
    assert.equal(parseRetryAfter('soon', now), undefined);
    assert.equal(parseRetryAfter('-5', now), undefined);
    assert.equal(parseRetryAfter(undefined, now), undefined);
  });

  test('broken connections', () => {
    const fail = (code: string): Error => Object.assign(new Error(code), { code });
    assert.equal(networkError(fail('CERT_HAS_EXPIRED'), 'r.example', undefined).code, 'tls');
    assert.equal(networkError(fail('ERR_SSL_WRONG_VERSION_NUMBER'), 'r.example', undefined).code, 'tls');
    const refused = networkError(new AggregateError([fail('ECONNREFUSED')]), 'r.example', undefined);
    assert.equal(refused.code, 'offline');
    assert.ok(refused.retryable);
    assert.match(refused.message, /^Nothing answers at r\.example/);
    const wrapped = new TypeError('failed', { cause: fail('ENOTFOUND') });
    assert.match(networkError(wrapped, 'r.example', undefined).message, /^Cannot find r\.example/);
    assert.equal(networkError(fail('ECONNRESET'), 'r.example', AbortSignal.abort()).code, 'cancelled');
  });

  test('waits double up to a limit, and vary', () => {
    const backoff = { baseMs: 100, maxMs: 1000 };
    assert.deepEqual(
      [1, 2, 3, 4, 5, 9].map((failures) => backoffMs(backoff, failures, 1)),
      [100, 200, 400, 800, 1000, 1000],
    );
    assert.equal(backoffMs(backoff, 2, 0), 100);
  });
});
