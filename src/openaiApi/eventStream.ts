/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6) as they arrive in pieces of
 * bytes. Comments, with which servers keep a connection alive, have no event.
 */

/** Characters of one event; the longest that a sound server sends is a call with a whole file in its arguments. */
const MAX_EVENT = 8 * 1024 * 1024;
const LINE_END = /\r\n|\n|\r/g;

/** An event. */
export interface ServerEvent {
  /** The field `event`, or `error` for the field of that name, which old versions of llama-server use. */
  readonly name: string | undefined;
  readonly data: string;
}

/** An event is longer than any of a sound server. */
export class EventTooLongError extends Error {
  override readonly name = 'EventTooLongError';
}

/** Reads one stream. */
export class EventStream {
  readonly #decoder = new TextDecoder();
  #rest = '';
  /** A carriage return at the end of a piece, whose line feed may begin the next one. */
  #endedInReturn = false;
  #data: string[] = [];
  #length = 0;
  #name: string | undefined;

  /** Takes the next bytes. @returns the events that are complete. @throws EventTooLongError. */
  push(bytes: Uint8Array): ServerEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === '') return [];
    if (this.#endedInReturn && text.startsWith('\n')) text = text.slice(1);
    this.#endedInReturn = text.endsWith('\r');
    const events: ServerEvent[] = [];
    let from = 0;
    for (const { index: end, 0: lineEnd } of text.matchAll(LINE_END)) {
      this.#take(this.#rest + text.slice(from, end), events);
      this.#rest = '';
      from = end + lineEnd.length;
    }
    this.#rest += text.slice(from);
    if (this.#rest.length > MAX_EVENT) throw new EventTooLongError();
    return events;
  }

  /** Ends the stream. @returns the last event if no blank line followed it, as some servers leave it. */
  end(): ServerEvent[] {
    const events: ServerEvent[] = [];
    this.#take(this.#rest + this.#decoder.decode(), events);
    this.#rest = '';
    this.#take('', events);
    return events;
  }

  #take(line: string, events: ServerEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push({ name: this.#name, data: this.#data.join('\n') });
      this.#data = [];
      this.#length = 0;
      this.#name = undefined;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#name = value;
    if (field === 'error') this.#name = 'error';
    if (field !== 'data' && field !== 'error') return;
    this.#data.push(value);
    this.#length += value.length;
    if (this.#length > MAX_EVENT) throw new EventTooLongError();
  }
}
