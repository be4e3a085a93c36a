/**
 * A token server as distribution documents it (docs/spec/auth/token.md, jwt.md): signs RS256 tokens that
 * docker-registry checks against a certificate. It knows one login, and what everybody may do.
 */
import { createHash, randomUUID, sign } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Certificate, makeCertificate } from './certificates.ts';
import { type FakeRegistry, sendJson, startFakeRegistry } from './fakeRegistry.ts';

/** One exchange that was asked for. */
export interface Exchange {
  readonly method: string;
  readonly scopes: readonly string[];
  /** The user, or undefined for everybody. */
  readonly user: string | undefined;
  readonly status: number;
}

/** Settings of a {@link TokenServer}. */
export interface TokenServerOptions {
  readonly login: { readonly username: string; readonly password: string };
  /** A refresh token that stands for the login, by form. */
  readonly identityToken?: string;
  /** Repositories that everybody may pull from: names, or beginnings of names that end in `/`. */
  readonly open?: readonly string[];
  /** Seconds that a token is good for; docker-registry adds a minute. 300 where absent. */
  readonly lifeSeconds?: number;
}

/** A token server that runs. */
export interface TokenServer {
  /** The address for `auth.token.realm`. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** What signs the tokens; its certificate is docker-registry's `rootcertbundle`. */
  readonly certificate: Certificate;
  readonly exchanges: readonly Exchange[];
  /** All tokens that were given, for looking whether one of them was written down somewhere. */
  readonly tokens: readonly string[];
  /** Tokens given from now on end after so many seconds, which may be in the past. */
  setLife(seconds: number): void;
  close(): Promise<void>;
}

const SERVICE = 'test registry';
const ISSUER = 'test issuer';

/** libtrust's name of a public key: 240 bits of its SHA-256 in base32, in groups of four. */
export function keyId({ publicKey }: Certificate): string {
  const hash = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...hash.subarray(0, 30)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{5}/g) ?? []).map((group) => alphabet[Number.parseInt(group, 2)] ?? '');
  return (letters.join('').match(/.{4}/g) ?? []).join(':');
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

class Server {
  readonly certificate = makeCertificate('token signer');
  readonly exchanges: Exchange[] = [];
  readonly tokens: string[] = [];
  readonly #options: TokenServerOptions;
  life: number;

  constructor(options: TokenServerOptions) {
    this.#options = options;
    this.life = options.lifeSeconds ?? 300;
  }

  /** The user of a request; undefined for everybody, false for a wrong login. */
  #user(request: IncomingMessage, form: URLSearchParams): string | undefined | false {
    const { login, identityToken } = this.#options;
    const refresh = form.get('refresh_token');
    if (refresh !== null) return identityToken !== undefined && refresh === identityToken && login.username;
    const { authorization } = request.headers;
    if (authorization === undefined) return undefined;
    const given = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
    return given === `${login.username}:${login.password}` && login.username;
  }

  /** What a scope gives: everything to the user, and pulling from what is open to everybody. */
  #access(scope: string, user: string | undefined): object | undefined {
    const match = /^(repository|registry):(.+):([a-z*,]+)$/.exec(scope);
    if (match === null) return undefined;
    const [, type = '', name = '', wanted = ''] = match;
    const isOpen = (this.#options.open ?? []).some((open) =>
      open.endsWith('/') ? name.startsWith(open) : name === open,
    );
    const may = (action: string): boolean =>
      user !== undefined || (isOpen && type === 'repository' && action === 'pull');
    return { type, name, actions: wanted.split(',').filter(may) };
  }

  #token(scopes: readonly string[], user: string | undefined): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.flatMap((scope) => this.#access(scope, user) ?? []);
    const claims = {
      iss: ISSUER,
      sub: user ?? '',
      aud: SERVICE,
      iat: now - 600,
      nbf: now - 600,
      exp: now + this.life,
      jti: randomUUID(),
      access,
    };
    const head = base64url({ typ: 'JWT', alg: 'RS256', kid: keyId(this.certificate) });
    const signed = `${head}.${base64url(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), this.certificate.privateKey).toString('base64url');
    this.tokens.push(`${signed}.${signature}`);
    return `${signed}.${signature}`;
  }

  async answer(request: IncomingMessage, url: URL): Promise<{ status: number; body: object }> {
    const form = new URLSearchParams(await text(request));
    const scopes = [...url.searchParams.getAll('scope'), ...form.getAll('scope').join(' ').split(' ')];
    const wanted = scopes.filter((scope) => scope !== '');
    const user = this.#user(request, form);
    const status = user === false ? 401 : 200;
    const { method = '' } = request;
    this.exchanges.push({ method, scopes: wanted, user: user === false ? undefined : user, status });
    if (user === false) return { status, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    const token = this.#token(wanted, user);
    return { status, body: { token, access_token: token, expires_in: Math.max(0, this.life) } };
  }
}

/** Starts a token server on a free port. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const server = new Server(options);
  const http: FakeRegistry = await startFakeRegistry(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://token');
    const { status, body } = await server.answer(request, url);
    sendJson(response, status, body);
  });
  return {
    realm: `http://${http.host}/token`,
    service: SERVICE,
    issuer: ISSUER,
    certificate: server.certificate,
    exchanges: server.exchanges,
    tokens: server.tokens,
    setLife(seconds) {
      server.life = seconds;
    },
    close: () => http.close(),
  };
}
