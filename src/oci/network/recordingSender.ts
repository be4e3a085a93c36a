/** A sender that tells of each exchange when its body has ended, for a record of what went over the network. */
import type { AnswerBody, HttpSender, SendRequest, SentAnswer, Sink } from '../http/sender.ts';

/** The thing that an exchange was for. */
export type ExchangeKind = 'check' | 'sign-in' | 'list' | 'manifest' | 'content' | 'endpoint' | 'other';

/** An exchange that has ended. No path or query, which may name a repository or carry a signature. */
export interface Exchange {
  /** The host with its port. */
  readonly host: string;
  readonly kind: ExchangeKind;
  /** Bytes of the answer's body that were read, as they were sent. */
  readonly receivedBytes: number;
  /** True if no answer began. */
  readonly failed: boolean;
}

const KINDS: readonly (readonly [RegExp, ExchangeKind])[] = [
  [/^\/v2\/?$/, 'check'],
  [/\/manifests\/[^/]+$|\/referrers\/[^/]+$/, 'manifest'],
  [/\/blobs\//, 'content'],
  [/\/tags\/list$|\/_catalog$|^\/v2\/(?:repositories|search)\/|^\/api\//, 'list'],
  [/token|\/oauth2?\//, 'sign-in'],
];

/** Tells what a request to a registry, or to a server that it led to, is for. */
export function kindOfPath(path: string): ExchangeKind {
  return KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
}

/** Sends as another sender does. */
export class RecordingSender implements HttpSender {
  readonly #sender: HttpSender;
  readonly #onExchange: (exchange: Exchange) => void;
  readonly #kind: ExchangeKind | undefined;

  /** @param kind of all requests; defaults to what their paths tell. */
  constructor(sender: HttpSender, onExchange: (exchange: Exchange) => void, kind?: ExchangeKind) {
    this.#sender = sender;
    this.#onExchange = onExchange;
    this.#kind = kind;
  }

  async send(request: SendRequest): Promise<SentAnswer> {
    const { host, pathname } = request.url;
    const kind = this.#kind ?? kindOfPath(pathname);
    try {
      const answer = await this.#sender.send(request);
      const end = (receivedBytes: number): void =>
        this.#onExchange({ host, kind, receivedBytes, failed: false });
      return { ...answer, body: new CountedBody(answer.body, end) };
    } catch (error) {
      this.#onExchange({ host, kind, receivedBytes: 0, failed: true });
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#sender.close();
  }
}

/** A body that counts its bytes, and tells them once. */
class CountedBody implements AnswerBody {
  readonly #body: AnswerBody;
  #end: ((bytes: number) => void) | undefined;
  #bytes = 0;

  constructor(body: AnswerBody, end: (bytes: number) => void) {
    this.#body = body;
    this.#end = end;
  }

  async pour(sink: Sink): Promise<void> {
    try {
      await this.#body.pour((piece) => {
        this.#bytes += piece.length;
        return sink(piece);
      });
    } finally {
      this.#tell();
    }
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Buffer> {
    try {
      for await (const piece of this.#body) {
        this.#bytes += piece.length;
        yield piece;
      }
    } finally {
      this.#tell();
    }
  }

  destroy(error?: Error): void {
    this.#body.destroy(error);
    this.#tell();
  }

  #tell(): void {
    const end = this.#end;
    this.#end = undefined;
    end?.(this.#bytes);
  }
}
