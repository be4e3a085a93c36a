/** Lists have an end, and whoever asks hears where it came too early. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isModelError } from '../../../src/base/error.ts';
import { type Handler, sendJson } from '../../support/fakeRegistry.ts';
import { serve } from './support.ts';

interface Listed {
  readonly names: string[];
  readonly isCut: boolean;
  readonly requests: number;
  readonly host: string;
}

async function list(
  t: TestContext,
  handler: Handler,
  filter?: (name: string) => boolean,
  what: 'tags' | 'repositories' = 'tags',
): Promise<Listed> {
  const { server, client } = await serve(t, handler);
  let isCut = false;
  const options = {
    ...(filter === undefined ? {} : { filter }),
    onCut: () => {
      isCut = true;
    },
  };
  const names =
    what === 'tags'
      ? await client.tags(server.host, 'x/y', options)
      : await client.repositories(server.host, options);
  return { names, isCut, requests: server.requests.length, host: server.host };
}

const sendPage = (response: ServerResponse, names: readonly string[], link?: string): void =>
  sendJson(response, 200, { name: 'x/y', tags: names }, link === undefined ? {} : { link });

describe('lists without an end', () => {
  test('pages of new names for ever: 10,000 names, and no request more than they need', async (t) => {
    let pages = 0;
    const { names, isCut, requests } = await list(t, (_, response) => {
      pages++;
      const page = Array.from({ length: 1000 }, (_, index) => `t${pages}-${index}`);
      sendPage(response, page, `</v2/x/y/tags/list?last=${pages}>; rel="next"`);
    });
    assert.equal(names.length, 10_000);
    assert.equal(isCut, true);
    assert.equal(requests, 11);
  });

  test('one page with more than 10,000 names is not read to its end', async (t) => {
    let written = 0;
    const { names, isCut } = await list(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"tags":["first"');
      const more = (): void => {
        while (!response.destroyed) {
          const piece = Array.from({ length: 1000 }, () => `,"t${written++}"`).join('');
          if (!response.write(piece)) return void response.once('drain', more);
        }
      };
      more();
    });
    assert.equal(names.length, 10_000);
    assert.equal(isCut, true);
  });

  test('names that nobody can use do not count, and their bytes do', async (t) => {
    let sent = 0;
    const { names, isCut } = await list(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"tags":["good"');
      const piece = `,"${'no name '.repeat(8192)}"`;
      const more = (): void => {
        while (!response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
      };
      more();
    });
    assert.deepEqual(names, ['good']);
    assert.equal(isCut, true);
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken`);
  });

  test('only names that are wanted count', async (t) => {
    let pages = 0;
    const { names, isCut } = await list(
      t,
      (_, response) => {
        pages++;
        const repositories = Array.from({ length: 1000 }, (_, index) => `other/r${pages}-${index}`);
        const link = pages < 30 ? { link: `</v2/_catalog?last=${pages}>; rel="next"` } : {};
        sendJson(response, 200, { repositories: [...repositories, `mine/r${pages}`] }, link);
      },
      (name) => name.startsWith('mine/'),
      'repositories',
    );
    assert.equal(names.length, 30);
    assert.equal(isCut, false);
  });

  test('exactly 10,000 names are a whole list', async (t) => {
    const { names, isCut } = await list(t, (_, response) =>
      sendPage(
        response,
        Array.from({ length: 10_000 }, (_, index) => `t${index}`),
      ),
    );
    assert.equal(names.length, 10_000);
    assert.equal(isCut, false);
  });
});

describe('the next page', () => {
  const LINKS: readonly [name: string, link: (host: string) => string, names: string, isCut: boolean][] = [
    ['absolute path', () => '</v2/x/y/tags/list?last=b>; rel="next"', 'a b c', false],
    ['relative path', () => '<list?last=b>; rel="next"', 'a b c', false],
    ['query', () => '<?last=b>; rel=next', 'a b c', false],
    ['own host', (host) => `<http://${host}/v2/x/y/tags/list?last=b>; rel="next"`, 'a b c', false],
    [
      'the same list at an inner host',
      () => '<http://inside:5000/v2/x/y/tags/list?last=b>; rel="next"',
      'a b c',
      false,
    ],
    [
      'the same list with another scheme',
      (host) => `<https://${host}/v2/x/y/tags/list?last=b>; rel="next"`,
      'a b c',
      false,
    ],
    ['without brackets', () => '/v2/x/y/tags/list?last=b; rel="next"', 'a b c', false],
    ['something else elsewhere', () => '<http://169.254.169.254/latest?last=b>; rel="next"', 'a b', true],
    ['the page itself', () => '</v2/x/y/tags/list?n=1000>; rel="next"', 'a b', true],
    ['no link at all', () => '<<<', 'a b', true],
    ['a very long one', () => `</v2/x/y/tags/list?last=${'b'.repeat(9000)}>; rel="next"`, 'a b', true],
  ];
  for (const [name, link, expected, cut] of LINKS) {
    test(`${name}: ${expected}`, async (t) => {
      const { names, isCut } = await list(t, (request, response) => {
        const isSecond = request.url?.includes('last=b') === true;
        if (isSecond) sendPage(response, ['c']);
        else sendPage(response, ['a', 'b'], link(request.headers.host ?? ''));
      });
      assert.equal(names.join(' '), expected);
      assert.equal(isCut, cut);
    });
  }

  test('that fails leaves what came before it', async (t) => {
    const { names, isCut } = await list(t, (request, response) => {
      if (request.url?.includes('last=b') === true) return sendJson(response, 403, {});
      return sendPage(response, ['a', 'b'], '</v2/x/y/tags/list?last=b>; rel="next"');
    });
    assert.deepEqual(names, ['a', 'b']);
    assert.equal(isCut, true);
  });
});

describe('encoded lists', () => {
  for (const [label, body] of [
    ['gzip', gzipSync('{"tags":["a"]}')],
    // The label lies.
    ['gzip', Buffer.from('{"tags":["a"]}')],
    ['aws-chunked', Buffer.from('{"tags":["a"]}')],
  ] as const) {
    test(`${label}, ${body.length} bytes`, async (t) => {
      const { names } = await list(t, (_, response) => {
        response.writeHead(200, { 'content-encoding': label });
        response.end(body);
      });
      assert.deepEqual(names, ['a']);
    });
  }

  test('a bomb is no list', async (t) => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    const { server, client } = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    await assert.rejects(client.tags(server.host, 'x/y'), (error) => isModelError(error, 'registry-error'));
  });
});
