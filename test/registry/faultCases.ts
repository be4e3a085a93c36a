/** What goes wrong in faults.test.ts, and how a pull has to end then. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ModelErrorCode } from '../../src/base/error.ts';
import type { RegistryClientOptions } from '../../src/oci/index.ts';
import type { DockerRegistry } from '../support/dockerRegistry.ts';
import { sendJson } from '../support/fakeRegistry.ts';
import { type Fault, type Front, forward, pass, startFront } from '../support/faultyFront.ts';
import { type Nginx, signBlob, startNginx } from '../support/nginx.ts';
import { randomFrom } from '../support/random.ts';
import type { TokenServer } from '../support/tokenServer.ts';

/** What signs the addresses of the CDN. */
export const CDN_SECRET = 'planted-cdn-secret';

/** What a case sees of the world that it changes. */
export interface World {
  readonly server: DockerRegistry;
  readonly tokens: TokenServer;
  readonly cdn: Nginx;
  readonly layer: { readonly digest: string; readonly size: number };
}

/** One thing that goes wrong. */
export interface Case {
  readonly name: string;
  /** What the front does; it passes everything on where absent. */
  readonly fault?: (world: World) => Fault;
  /** Another server to pull from, such as nginx. @returns its host. */
  readonly via?: (world: World, front: Front, cleanUp: (end: () => Promise<void>) => void) => Promise<string>;
  readonly options?: (world: World, front: Front) => RegistryClientOptions;
  /** The bytes are right, or this error comes. */
  readonly ends: 'pulled' | readonly [ModelErrorCode, RegExp];
  /** Looked at after the pull. */
  readonly check?: (world: World, front: Front) => void;
}

const isBlob = (request: IncomingMessage): boolean =>
  request.method === 'GET' && /\/blobs\//.test(request.url ?? '');
const isLayer = (request: IncomingMessage, { layer }: World): boolean =>
  request.url?.includes(layer.digest) === true && request.method === 'GET';

/** Does `act` with the layer's first `times` requests. */
function first(
  times: number,
  act: (request: IncomingMessage, response: ServerResponse) => void,
): (world: World) => Fault {
  return (world) => {
    let seen = 0;
    return (request, response) => {
      if (!isLayer(request, world) || seen >= times) return false;
      seen++;
      act(request, response);
      return true;
    };
  };
}

/** As {@link first}, for requests that carry a token: the others are asked for one by the registry. */
function authorised(
  world: World,
  times: number,
  act: (request: IncomingMessage, response: ServerResponse, front: Front) => Promise<void> | void,
): Fault {
  let seen = 0;
  return async (request, response, front) => {
    if (!isLayer(request, world) || request.headers.authorization === undefined || seen >= times)
      return false;
    seen++;
    await act(request, response, front);
    return true;
  };
}

/** The mirror of each case, by the host of its front. */
const mirrors = new Map<string, string>();

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(307, { location }).end();
}

const random = randomFrom(20_261_121);

export const CASES: readonly Case[] = [
  { name: 'nothing is wrong', ends: 'pulled' },
  {
    name: 'blobs are redirected to a CDN with signed addresses, which refuses an Authorization',
    fault:
      ({ cdn }) =>
      (request, response) => {
        if (!isBlob(request) || request.headers.authorization === undefined) return false;
        redirect(response, signBlob(cdn.host, request.url?.split('/').at(-1) ?? '', CDN_SECRET, 60));
        return true;
      },
    ends: 'pulled',
  },
  {
    name: 'the signed address ended on its way: the registry gives another one',
    fault: (world) => {
      let life = -10;
      return (request, response) => {
        if (!isLayer(request, world) || request.headers.authorization === undefined) return false;
        redirect(response, signBlob(world.cdn.host, world.layer.digest, CDN_SECRET, life));
        life = 60;
        return true;
      };
    },
    ends: 'pulled',
    check: ({ layer }, { requests }) => {
      const signed = requests.filter(
        ({ url, headers }) => url?.endsWith(layer.digest) && headers.authorization !== undefined,
      );
      assert.equal(signed.length, 2);
    },
  },
  {
    name: 'signed addresses that are never good',
    fault: (world) => (request, response) => {
      if (!isLayer(request, world) || request.headers.authorization === undefined) return false;
      redirect(response, signBlob(world.cdn.host, world.layer.digest, 'wrong', 60));
      return true;
    },
    // The login is good; it is the store behind the registry that refuses.
    ends: ['registry-error', /which stores the files of .* denied access/],
  },
  {
    name: 'the connection is cut at random bytes, five times',
    fault: (world) =>
      authorised(world, 5, (request, response, { target }) =>
        pass(target, request, response, 1 + Math.floor((random() * world.layer.size) / 8)),
      ),
    ends: 'pulled',
  },
  {
    name: 'the connection is cut before the first byte, each time',
    fault: first(Number.POSITIVE_INFINITY, (_, response) => void response.destroy()),
    ends: ['offline', /closed the connection/],
  },
  {
    name: 'the connection is cut, and nginx before it ignores Range',
    fault: (world) =>
      authorised(world, 1, (request, response, { target }) => pass(target, request, response, 1_000_000)),
    via: async (_, front, cleanUp) => {
      const nginx = await startNginx({
        server: `location / { proxy_pass http://${front.host}; proxy_buffering off; proxy_set_header Range ""; proxy_set_header Host $http_host; }`,
      });
      cleanUp(() => nginx.close());
      return nginx.host;
    },
    ends: 'pulled',
  },
  {
    name: 'a body stalls in the middle, twice',
    fault: (world) =>
      authorised(world, 2, async (request, response, { target }) => {
        const answer = await forward(target, request);
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.once('data', (chunk: Buffer) => {
          response.write(chunk);
          answer.destroy();
        });
      }),
    ends: 'pulled',
  },
  {
    name: 'a body stalls before its first byte, each time',
    fault: (world) =>
      authorised(world, Number.POSITIVE_INFINITY, (_, response) => {
        response.writeHead(200, { 'content-length': world.layer.size }).flushHeaders();
      }),
    ends: ['offline', /sent nothing for/],
  },
  {
    name: 'a 401 in the middle: a new token, and the same part again',
    fault: (world) => {
      let old: string | undefined;
      return async (request, response, { target }) => {
        const { authorization } = request.headers;
        if (!isLayer(request, world) || authorization === undefined) return false;
        if (old === undefined) {
          old = authorization;
          await pass(target, request, response, 700_000);
          return true;
        }
        if (authorization !== old) return false;
        const challenge = `Bearer realm="${world.tokens.realm}",service="${world.tokens.service}",scope="repository:ai/tiny:pull",error="invalid_token"`;
        sendJson(response, 401, {}, { 'www-authenticate': challenge });
        return true;
      };
    },
    ends: 'pulled',
    check: ({ layer }, { requests }) => {
      const ranges = requests
        .filter(({ url }) => url?.endsWith(layer.digest))
        .map(({ headers }) => headers.range);
      // The whole, which broke off; then the rest twice. On a busy machine that may stall, and be asked for once more.
      assert.equal(ranges[2], ranges[1], `the same range: ${ranges.join(', ')}`);
      assert.match(ranges[1] ?? '', /^bytes=\d{5,6}-/);
    },
  },
  {
    name: '429 with Retry-After in seconds',
    fault: first(2, (_, response) => sendJson(response, 429, {}, { 'retry-after': '1' })),
    ends: 'pulled',
  },
  {
    name: '429 with Retry-After as a date',
    fault: first(1, (_, response) =>
      sendJson(response, 429, {}, { 'retry-after': new Date(Date.now() + 1500).toUTCString() }),
    ),
    ends: 'pulled',
  },
  {
    name: '429 with an hour to wait',
    fault: first(1, (_, response) => sendJson(response, 429, {}, { 'retry-after': '3600' })),
    ends: ['rate-limited', /in 60 minutes/],
  },
  {
    name: 'nginx lets through five requests a second, and says 429 to the others',
    via: async (_, front, cleanUp) => {
      const nginx = await startNginx({
        http: 'limit_req_zone $binary_remote_addr zone=all:1m rate=5r/s;',
        server: `limit_req zone=all; limit_req_status 429; add_header Retry-After 1 always; location / { proxy_pass http://${front.host}; proxy_set_header Host $http_host; }`,
      });
      cleanUp(() => nginx.close());
      return nginx.host;
    },
    ends: 'pulled',
  },
  {
    name: '503, three times',
    fault: first(3, (_, response) => sendJson(response, 503, { errors: [{ code: 'UNAVAILABLE' }] })),
    ends: 'pulled',
  },
  {
    name: 'nginx answers 503 for good',
    via: async (_, front, cleanUp) => {
      const nginx = await startNginx({
        server: `location ~ /blobs/ { return 503; } location / { proxy_pass http://${front.host}; proxy_set_header Host $http_host; }`,
      });
      cleanUp(() => nginx.close());
      return nginx.host;
    },
    ends: ['registry-error', /answered 503/],
  },
  {
    name: 'nginx as a mirror with a path prefix; the registry itself is asked for nothing',
    via: async (world, front, cleanUp) => {
      const nginx = await startNginx({
        server: `location /mirrors/v2/hub/ { rewrite ^/mirrors/v2/hub/(.*)$ /v2/$1 break; proxy_pass http://${world.server.host}; proxy_set_header Host $http_host; }`,
      });
      cleanUp(() => nginx.close());
      mirrors.set(front.host, nginx.host);
      return front.host;
    },
    options: (_, front) => ({
      mirrors: () => [{ address: `http://${mirrors.get(front.host)}/mirrors/v2/hub` }],
    }),
    ends: 'pulled',
    check: (_, { requests }) => assert.equal(requests.length, 0),
  },
  {
    name: 'a mirror that breaks off: the rest comes from the registry',
    via: async (world, front, cleanUp) => {
      const mirror = await startFront(
        `http://${world.server.host}`,
        authorised(world, 1, (request, response, { target }) => pass(target, request, response, 900_000)),
      );
      cleanUp(() => mirror.close());
      mirrors.set(front.host, mirror.host);
      return front.host;
    },
    options: (_, front) => ({ mirrors: () => [{ address: mirrors.get(front.host) ?? '' }] }),
    ends: 'pulled',
    check: ({ layer }, { requests }) => {
      const rest = requests.filter(
        ({ url, headers }) => url?.endsWith(layer.digest) && headers.range !== undefined,
      );
      assert.ok(rest.length > 0, 'the registry was not asked for the rest');
    },
  },
  {
    name: 'a part that starts elsewhere than asked',
    fault: (world) => {
      let cut = false;
      return async (request, response, { target }) => {
        if (!isLayer(request, world) || request.headers.authorization === undefined) return false;
        if (request.headers.range === undefined) {
          if (cut) return false;
          cut = true;
          await pass(target, request, response, 100_000);
          return true;
        }
        response.writeHead(206, { 'content-range': `bytes 7-16/${world.layer.size}`, 'content-length': 10 });
        response.end(Buffer.alloc(10));
        return true;
      };
    },
    ends: 'pulled',
  },
  {
    name: '416 to every part',
    fault: (world) => {
      let cut = false;
      return async (request, response, { target }) => {
        if (!isLayer(request, world) || request.headers.authorization === undefined) return false;
        if (request.headers.range !== undefined) {
          response.writeHead(416).end();
          return true;
        }
        if (cut) return false;
        cut = true;
        await pass(target, request, response, 100_000);
        return true;
      };
    },
    ends: 'pulled',
  },
  {
    name: 'other bytes once: everything is fetched again',
    fault: (world) => {
      let sent = false;
      return (request, response) => {
        if (sent || !isLayer(request, world) || request.headers.authorization === undefined) return false;
        sent = true;
        response
          .writeHead(200, { 'content-length': world.layer.size })
          .end(Buffer.alloc(world.layer.size, 7));
        return true;
      };
    },
    ends: 'pulled',
  },
  {
    name: 'other bytes always',
    fault: (world) => (request, response) => {
      if (!isLayer(request, world) || request.headers.authorization === undefined) return false;
      response.writeHead(200, { 'content-length': world.layer.size }).end(Buffer.alloc(world.layer.size, 7));
      return true;
    },
    ends: ['digest-mismatch', /failed verification twice/],
  },
  {
    name: 'another length than the manifest says',
    fault: (world) => (request, response) => {
      if (!isLayer(request, world)) return false;
      response.writeHead(200, { 'content-length': 5 }).end('short');
      return true;
    },
    ends: ['size-mismatch', /its manifest says/],
  },
  {
    name: 'an encoded body',
    fault: (world) => (request, response) => {
      if (!isLayer(request, world)) return false;
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
      return true;
    },
    ends: ['registry-error', /in an encoding that was not requested/],
  },
  {
    name: 'redirects in a circle',
    fault: (world) => (request, response) => {
      if (!isLayer(request, world)) return false;
      redirect(response, request.url ?? '');
      return true;
    },
    ends: ['registry-error', /redirects .* more than 10 times/],
  },
  {
    name: 'a redirect to a file',
    fault: (world) => (request, response) => {
      if (!isLayer(request, world)) return false;
      redirect(response, 'file:///etc/passwd');
      return true;
    },
    ends: ['registry-error', /redirects .* to file:/],
  },
];
