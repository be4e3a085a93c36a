/** Addresses of endpoints as people type and paste them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  below,
  candidateUrls,
  formatEndpointUrl,
  parseEndpointUrl,
  serverRoot,
} from '../../../src/openaiApi/index.ts';

describe('the address of an endpoint', () => {
  const ADDRESSES: Readonly<Record<string, string>> = {
    'localhost:8000': 'http://localhost:8000',
    '127.0.0.1:1234/v1/': 'http://127.0.0.1:1234/v1',
    'gpu-box:8000': 'http://gpu-box:8000',
    'gpu.lan': 'http://gpu.lan',
    'models.example.com': 'https://models.example.com',
    'http://models.example.com:8000/v1/chat/completions': 'http://models.example.com:8000/v1',
    'https://host/proxy/v1/models?x=1#y': 'https://host/proxy/v1',
    'http://localhost:12434/engines/llama.cpp/v1': 'http://localhost:12434/engines/llama.cpp/v1',
  };
  for (const [typed, url] of Object.entries(ADDRESSES))
    test(`“${typed}” is ${url}`, () => assert.equal(formatEndpointUrl(parseEndpointUrl(typed)), url));

  for (const typed of ['', 'ftp://host', 'http://', 'a b', 'http://user:pass@host', 'javascript:alert(1)'])
    test(`“${typed}” is none`, () =>
      assert.throws(() => parseEndpointUrl(typed), { code: 'reference-invalid' }));

  test('without a path is tried below the usual ones', () => {
    const tried = (typed: string) => candidateUrls(parseEndpointUrl(typed)).map(formatEndpointUrl);
    assert.deepEqual(tried('localhost:8000'), [
      'http://localhost:8000/v1',
      'http://localhost:8000/engines/v1',
      'http://localhost:8000',
    ]);
    assert.deepEqual(tried('localhost/api'), ['http://localhost/api', 'http://localhost/api/v1']);
  });

  test('has the server’s own paths below its root', () => {
    const root = (typed: string) => below(serverRoot(parseEndpointUrl(typed)), '/props?model=a%2Fb').href;
    assert.equal(root('localhost:1/v1'), 'http://localhost:1/props?model=a%2Fb');
    assert.equal(root('localhost:1/engines/llama.cpp/v1'), 'http://localhost:1/props?model=a%2Fb');
    assert.equal(root('https://h/proxy/v1'), 'https://h/proxy/props?model=a%2Fb');
  });
});
