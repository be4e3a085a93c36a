/**
 * Requests through `fetch`. In the extension host VS Code puts its own networking behind it (@vscode/proxy-agent),
 * which supports PAC files, proxies of the operating system, and sign-ins with Kerberos and NTLM.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { IteratedBody } from '../http/iteratedBody.ts';
import {
  type AnswerBody,
  HEADERS_TIMEOUT_MS,
  type HttpSender,
  type SendRequest,
  type SentAnswer,
} from '../http/sender.ts';

export type Fetch = typeof globalThis.fetch;

/** Sends with `fetch`, without following redirects. */
export class FetchSender implements HttpSender {
  readonly #fetch: () => Fetch;
  readonly #timeoutMs: number;

  /** @param fetchNow called for each request, since VS Code may install its own late. */
  constructor(fetchNow: () => Fetch, timeoutMs = HEADERS_TIMEOUT_MS) {
    this.#fetch = fetchNow;
    this.#timeoutMs = timeoutMs;
  }

  /** Sends a request. A decoded body loses its `content-encoding` and `content-length`. */
  async send({ method, url, headers, body, headersTimeoutMs, signal }: SendRequest): Promise<SentAnswer> {
    const timeout = new AbortController();
    const late = (): void =>
      timeout.abort(
        new ModelError(
          'offline',
          t('{0} did not answer in time. Check the network and the proxy settings.', url.host),
          {
            registry: url.host,
            retryable: true,
          },
        ),
      );
    const timer = setTimeout(late, headersTimeoutMs ?? this.#timeoutMs);
    const signals = signal === undefined ? [timeout.signal] : [timeout.signal, signal];
    try {
      const response = await this.#fetch()(withoutLogin(url), {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.any(signals),
        ...requestBody(body),
      });
      if (response.status === 0) throw opaque(url);
      return { status: response.status, headers: headersOf(response), body: bodyOf(response) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Does nothing: the connections belong to the editor. */
  async close(): Promise<void> {}
}

/** Removes a login from an address, such as that of a redirect: `fetch` refuses it, and other senders leave it out. */
function withoutLogin(url: URL): URL {
  if (url.username === '' && url.password === '') return url;
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
}

function requestBody(body: SendRequest['body']): Record<string, unknown> {
  if (body === undefined) return {};
  return body instanceof Readable ? { body: Readable.toWeb(body), duplex: 'half' } : { body };
}

function headersOf(response: Response): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = Object.fromEntries(response.headers);
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return headers;
  // fetch has decoded the body, and these two describe the bytes before that.
  delete headers['content-encoding'];
  delete headers['content-length'];
  return headers;
}

function bodyOf({ body }: Response): AnswerBody {
  const readable = body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream);
  // A body may still fail after its reader has left.
  readable.on('error', () => {});
  return new IteratedBody(readable, (error) => readable.destroy(error));
}

/** Returns the error of Chromium's networking, which hides the target of a redirect. */
function opaque(url: URL): ModelError {
  const message = t(
    'VS Code’s networking does not show where {0} redirects to. Turn off the setting http.electronFetch.',
    url.host,
  );
  return new ModelError('offline', message, { registry: url.host });
}
