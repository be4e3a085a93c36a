import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isModelError } from '../../../../src/base/error.ts';
import { parseNoProxy } from '../../../../src/oci/network/noProxy.ts';
import { chooseProxy, type ProxySettings, UnusableProxyError } from '../../../../src/oci/network/proxy.ts';
import fc from '../../../support/fastCheck.ts';

describe('no_proxy', () => {
  const table: readonly [rules: string, host: string, port: number, direct: boolean][] = [
    ['', 'example.com', 443, false],
    ['*', 'example.com', 443, true],
    ['a.test,*', '10.0.0.1', 80, true],
    ['example.com', 'example.com', 443, true],
    ['example.com', 'EXAMPLE.com', 443, true],
    ['EXAMPLE.COM', 'example.com', 443, true],
    ['example.com', 'example.com.', 443, true],
    ['example.com.', 'example.com', 443, true],
    ['example.com', 'sub.example.com', 443, true],
    ['example.com', 'a.b.example.com', 443, true],
    ['example.com', 'notexample.com', 443, false],
    ['example.com', 'example.com.evil.test', 443, false],
    ['.example.com', 'sub.example.com', 443, true],
    ['.example.com', 'example.com', 443, true],
    ['.example.com', 'notexample.com', 443, false],
    ['*.example.com', 'sub.example.com', 443, true],
    ['*.example.com', 'notexample.com', 443, false],
    ['sub.example.com', 'example.com', 443, false],
    ['example.com:5000', 'example.com', 5000, true],
    ['example.com:5000', 'example.com', 443, false],
    ['.example.com:443', 'sub.example.com', 443, true],
    ['a.test b.test', 'b.test', 443, true],
    ['a.test,\n b.test\t,c.test', 'c.test', 443, true],
    ['10.0.0.1', '10.0.0.1', 80, true],
    ['10.0.0.1', '10.0.0.10', 80, false],
    ['10.0.0.1:5000', '10.0.0.1', 5000, true],
    ['10.0.0.1:5000', '10.0.0.1', 5001, false],
    ['0.1', '10.0.0.1', 80, false],
    ['10.0.0.0/8', '10.200.3.4', 443, true],
    ['10.0.0.0/8', '11.0.0.1', 443, false],
    ['10.0.0.0/8', '10.example.com', 443, false],
    ['192.168.1.0/33', '192.168.1.1', 443, false],
    ['192.168.1.1/32', '192.168.1.1', 443, true],
    ['0.0.0.0/0', 'example.com', 443, false],
    ['fd00::/8', '[fd12::1]', 443, true],
    ['fd00::/8', '[fe12::1]', 443, false],
    ['[fd12::1]', '[fd12::1]', 443, true],
    ['fd12::1', '[fd12::1]', 443, true],
    ['[fd12::1]:5000', '[fd12::1]', 5000, true],
    ['[fd12::1]:5000', '[fd12::1]', 443, false],
    ['10.0.0.0/8', '[fd12::1]', 443, false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', 443, true],
    ['example.com/24', 'example.com', 443, false],
    ['http://example.com', 'example.com', 443, false],
    // This machine is never reached through a proxy.
    ['', 'localhost', 5000, true],
    ['', 'a.localhost', 5000, true],
    ['', '127.0.0.1', 5000, true],
    ['', '127.8.0.1', 5000, true],
    ['', '[::1]', 5000, true],
  ];
  for (const [rules, host, port, direct] of table) {
    test(`${JSON.stringify(rules)}: ${host}:${port} ${direct ? 'directly' : 'through the proxy'}`, () => {
      assert.equal(parseNoProxy(rules)(host, port), direct);
      assert.equal(parseNoProxy(rules.split(','))(host, port), direct);
    });
  }

  test('any text is rules', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('*', '/', ':', '[', '1.1.1.1/', '::/999', 'a:99999'));
    const rules = fc.array(word).map((words) => words.join(','));
    const decide = (text: string, host: string): void =>
      assert.equal(typeof parseNoProxy(text)(host, 443), 'boolean');
    fc.assert(fc.property(rules, fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.string()), decide));
  });
});

describe('which proxy', () => {
  const table: readonly [what: string, Partial<ProxySettings>, url: string, proxy: string | undefined][] = [
    ['none', {}, 'https://r.test/', undefined],
    ['the setting', { proxy: 'http://p:1' }, 'https://r.test/', 'http://p:1/'],
    ['the setting without a scheme', { proxy: 'p:1' }, 'http://r.test/', 'http://p:1/'],
    [
      'the setting before the variable',
      { proxy: 'http://p:1', env: { https_proxy: 'http://q:2' } },
      'https://r.test/',
      'http://p:1/',
    ],
    [
      'https_proxy for https',
      { env: { https_proxy: 'http://s:1', http_proxy: 'http://h:1' } },
      'https://r.test/',
      'http://s:1/',
    ],
    [
      'http_proxy for http',
      { env: { https_proxy: 'http://s:1', http_proxy: 'http://h:1' } },
      'http://r.test/',
      'http://h:1/',
    ],
    ['http_proxy for https too', { env: { http_proxy: 'http://h:1' } }, 'https://r.test/', 'http://h:1/'],
    ['never https_proxy for http', { env: { https_proxy: 'http://s:1' } }, 'http://r.test/', undefined],
    ['upper case', { env: { HTTPS_PROXY: 'http://s:1' } }, 'https://r.test/', 'http://s:1/'],
    [
      'lower case first',
      { env: { HTTPS_PROXY: 'http://u:1', https_proxy: 'http://l:1' } },
      'https://r.test/',
      'http://l:1/',
    ],
    [
      'lower case first, even when empty',
      { env: { HTTPS_PROXY: 'http://u:1', https_proxy: '' } },
      'https://r.test/',
      undefined,
    ],
    ['all_proxy last', { env: { all_proxy: 'http://a:1' } }, 'https://r.test/', 'http://a:1/'],
    [
      'all_proxy after http_proxy',
      { env: { all_proxy: 'http://a:1', http_proxy: 'http://h:1' } },
      'https://r.test/',
      'http://h:1/',
    ],
    ['an https proxy', { env: { https_proxy: 'https://s:1' } }, 'https://r.test/', 'https://s:1/'],
    ['no_proxy', { env: { https_proxy: 'http://s:1', no_proxy: 'r.test' } }, 'https://r.test/', undefined],
    [
      'NO_PROXY',
      { env: { https_proxy: 'http://s:1', NO_PROXY: 'r.test:443' } },
      'https://r.test/',
      undefined,
    ],
    [
      'no_proxy of another port',
      { env: { https_proxy: 'http://s:1', no_proxy: 'r.test:444' } },
      'https://r.test/',
      'http://s:1/',
    ],
    [
      'no_proxy for the setting’s proxy',
      { proxy: 'http://p:1', env: { no_proxy: 'r.test' } },
      'https://r.test/',
      undefined,
    ],
    ['the setting’s exceptions', { proxy: 'http://p:1', noProxy: ['r.test'] }, 'https://r.test/', undefined],
    [
      'the setting’s exceptions alone',
      { proxy: 'http://p:1', noProxy: ['x.test'], env: { no_proxy: 'r.test' } },
      'https://r.test/',
      'http://p:1/',
    ],
    ['this machine', { proxy: 'http://p:1' }, 'https://localhost:5000/', undefined],
  ];
  for (const [what, settings, url, proxy] of table) {
    test(what, () => {
      const choice = chooseProxy({ env: {}, ...settings })(new URL(url));
      assert.equal(choice?.url.href, proxy);
      assert.equal(choice?.authorization, undefined);
    });
  }

  const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
  test('logins', () => {
    const at = (settings: Partial<ProxySettings>) =>
      chooseProxy({ env: {}, ...settings })(new URL('https://r.test/'));
    const escaped = at({ proxy: 'http://us%40er:p%3Aw%25@p:1' });
    assert.equal(escaped?.authorization, basic('us@er:p:w%'));
    assert.equal(escaped?.url.href, 'http://p:1/');
    assert.equal(at({ proxy: 'http://user:100%@p:1' })?.authorization, basic('user:100%'));
    assert.equal(at({ proxy: 'http://user@p:1' })?.authorization, basic('user:'));
    assert.equal(
      at({ proxy: 'http://user:x@p:1', proxyAuthorization: 'Bearer t' })?.authorization,
      'Bearer t',
    );
    assert.equal(at({ env: { http_proxy: 'user:pw@p:1' } })?.authorization, basic('user:pw'));
  });

  for (const text of [
    'http://',
    'http://user:planted-secret@',
    'socks5://u:planted-secret@p:1',
    '::',
    'http://[x',
  ]) {
    test(`“${text.replace('planted-secret', '…')}” is told, without its login`, () => {
      const settings = { proxy: text, env: {} };
      assert.throws(
        () => chooseProxy(settings)(new URL('https://r.test/')),
        (error) => {
          assert.ok(isModelError(error, 'offline'));
          assert.equal(error instanceof UnusableProxyError, text.startsWith('socks'));
          assert.match(error.message, /http\.proxy/);
          assert.doesNotMatch(error.message, /planted-secret/);
          return true;
        },
      );
      assert.equal(chooseProxy(settings)(new URL('https://127.0.0.1/')), undefined);
    });
  }
});
