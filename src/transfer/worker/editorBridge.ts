/**
 * Gives the download thread access to the editor's own networking. VS Code provides it through `fetch` in the extension
 * host's main thread, so requests that need it are made there.
 */

import { IteratedBody } from '../../oci/http/iteratedBody.ts';
import { isReplayable } from '../../oci/http/sender.ts';
import type { AnswerBody, HttpSender, SendRequest, SentAnswer } from '../../oci/index.ts';
import type { ClientFunctions, EditorRequest } from './protocol.ts';
import { outcomeOf, requireValue } from './protocol.ts';

type EditorFunctions = Pick<ClientFunctions, 'editorSend' | 'editorRead' | 'editorEnd'>;

interface OpenBody {
  readonly body: AnswerBody;
  readonly pieces: AsyncIterator<Buffer>;
}

/** Makes the thread's requests; runs in the main thread. */
export class EditorServer implements EditorFunctions {
  readonly #sender: HttpSender | undefined;
  readonly #open = new Map<number, OpenBody>();
  /** Requests that are waiting for their answer. */
  readonly #sent = new Map<number, AbortController>();

  constructor(sender: HttpSender | undefined) {
    this.#sender = sender;
  }

  editorSend: EditorFunctions['editorSend'] = ({ id, method, url, headers, body }) =>
    outcomeOf(async () => {
      if (this.#sender === undefined) throw new Error('there is no editor');
      const cancel = new AbortController();
      this.#sent.set(id, cancel);
      try {
        const { signal } = cancel;
        const answer = await this.#sender.send({ method, url: new URL(url), headers, body, signal });
        this.#open.set(id, { body: answer.body, pieces: answer.body[Symbol.asyncIterator]() });
        return { status: answer.status, headers: answer.headers };
      } finally {
        this.#sent.delete(id);
      }
    });

  editorRead: EditorFunctions['editorRead'] = (id) =>
    outcomeOf(async () => {
      const next = await this.#open.get(id)?.pieces.next();
      if (next !== undefined && next.done !== true) return next.value;
      this.#open.delete(id);
      return undefined;
    });

  editorEnd: EditorFunctions['editorEnd'] = (id) => {
    this.#sent.get(id)?.abort();
    this.#open.get(id)?.body.destroy();
    this.#open.delete(id);
  };

  /** Aborts all requests and bodies. */
  close(): void {
    for (const id of [...this.#sent.keys(), ...this.#open.keys()]) this.editorEnd(id);
  }
}

/** Sends requests through the main thread; runs in the download thread. */
export class EditorSender implements HttpSender {
  readonly #client: EditorFunctions;
  #lastId = 0;

  constructor(client: EditorFunctions) {
    this.#client = client;
  }

  async send({ method, url, headers, body, signal }: SendRequest): Promise<SentAnswer> {
    if (!isReplayable(body)) throw new Error('a stream cannot be sent from here');
    const id = ++this.#lastId;
    const end = (): void => this.#client.editorEnd(id);
    signal?.addEventListener('abort', end, { once: true });
    const sent = body as EditorRequest['body'];
    const { status, headers: answered } = requireValue(
      await this.#client.editorSend({ id, method, url: url.href, headers, body: sent }),
    );
    const failure: { error?: Error | undefined } = {};
    const pieces = this.#pieces(id, failure, () => signal?.removeEventListener('abort', end));
    const body_ = new IteratedBody(pieces, (error) => {
      failure.error ??= error;
      end();
    });
    return { status, headers: answered, body: body_ };
  }

  async close(): Promise<void> {}

  async *#pieces(
    id: number,
    failure: { error?: Error | undefined },
    onEnd: () => void,
  ): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const piece = requireValue(await this.#client.editorRead(id));
        if (failure.error !== undefined) throw failure.error;
        if (piece === undefined) return;
        yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      }
    } finally {
      onEnd();
    }
  }
}
