/** The reasons that servers give in the bodies of their errors, as one line of plain text. */
import { isObject } from '../../base/json.ts';
import { isolated } from '../../base/text.ts';

/** Longest text of a server that is shown, in characters. */
const MAX_SHOWN = 300;

/** Control and format characters, such as escape sequences and marks that change the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Makes text of a server printable: one line of limited length, without control characters. */
export function printable(text: string): string {
  const line = text
    .slice(0, 4 * MAX_SHOWN)
    .replace(UNPRINTABLE, ' ')
    .trim();
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

/** Puts the words of a server behind the fact that they are about: ` (words)`; nothing if there are none. */
export function inBrackets(words: string): string {
  return words === '' ? '' : ` (${isolated(words)})`;
}

/** Puts the title of a web page behind the fact that it is about: ` (“title”)`; nothing if there is none. */
export function titleInBrackets(title: string): string {
  return title === '' ? '' : ` (“${isolated(title)}”)`;
}

/** Puts the words of a server behind what it answered, within brackets of a sentence: `: words`; nothing if there are none. */
export function behindColon(words: string): string {
  return words === '' ? '' : `: ${isolated(words)}`;
}

/** The words of a server about a failure. */
export interface Reason {
  /** One line without a period at its end; empty if there are no words. */
  readonly text: string;
  /** True for a web page, which no registry sends. */
  readonly isPage: boolean;
  /** Title of the page; empty if it has none. */
  readonly title: string;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return isObject(value) ? value : undefined;
}

function textIn(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return undefined;
}

/** Names of the member with the sentence in answers of registries, frameworks and proxies, the most exact first. */
const SENTENCES = ['message', 'error_description', 'detail', 'details', 'msg', 'reason', 'title'] as const;

interface Entry {
  readonly code: string | undefined;
  readonly text: string | undefined;
}

/** Reads one error: a text, or an object with a code and a sentence, each of which may be missing, null or a number. */
function entryOf(value: unknown): Entry | undefined {
  if (typeof value === 'string') return { code: undefined, text: value };
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const inner = fields['error'];
  const text = textIn(fields, SENTENCES) ?? (typeof inner === 'string' ? inner : entryOf(inner)?.text);
  // A number only repeats the status.
  const code = typeof fields['code'] === 'string' ? fields['code'] : undefined;
  return code === undefined && text === undefined ? undefined : { code, text };
}

function entriesOf(json: unknown): Entry[] {
  const fields = fieldsOf(json);
  const listed = Array.isArray(json) ? json : (fields?.['errors'] ?? undefined);
  const many = Array.isArray(listed) ? listed : listed === undefined ? [] : [listed];
  const found = many.slice(0, 20).flatMap((value) => entryOf(value) ?? []);
  if (found.length > 0 || fields === undefined) return found;
  const whole = entryOf(fields);
  return whole === undefined ? [] : [whole];
}

function isPage(text: string, contentType: string): boolean {
  if (/^(?:text\/html|application\/xhtml)/i.test(contentType)) return true;
  const start = text.slice(0, 1024).trimStart().toLowerCase();
  // The label does not matter: portals copy that of the expected content.
  return /^<(?:!doctype html|html)/.test(start);
}

/** Reads an object store's `<Error><Code>…</Code><Message>…</Message></Error>`. */
function xmlReason(text: string): string {
  const inside = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]{1,1000})</${name}>`).exec(text)?.[1];
  return [inside('Code'), inside('Message')].filter((part) => part !== undefined).join(': ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').replace(/\.+$/, '');
}

function said(text: string): Reason {
  return { text, isPage: false, title: '' };
}

/**
 * Reads the body of an error in any form: the `errors[]` of distribution-spec ("Error Codes"), objects of other
 * frameworks, XML of object stores, plain text.
 * @param body its first bytes.
 */
export function readReason(body: Uint8Array, contentType = ''): Reason {
  const text = new TextDecoder().decode(body).slice(0, 64 * 1024);
  if (isPage(text, contentType)) {
    const title = /<title[^>]{0,200}>([^<]{1,1000})</i.exec(text.slice(0, 16 * 1024))?.[1];
    return { text: '', isPage: true, title: oneLine(title ?? '') };
  }
  const json = parseJson(text);
  if (typeof json === 'object' && json !== null) {
    const entries = entriesOf(json);
    const texts = entries.map(({ code, text }) => [code, text].filter(Boolean).join(': '));
    return said(oneLine([...new Set(texts)].join('; ')));
  }
  if (text.trimStart().startsWith('<')) return said(oneLine(xmlReason(text)));
  // Binary data says nothing to a person.
  return said(text.includes('\uFFFD') ? '' : oneLine(text));
}

/** Bytes. Longer bodies are content, and are not parsed to find out. */
const MAX_ERROR_BYTES = 64 * 1024;

/** Members of objects that describe a failure. An object with any other may be content. */
const ERROR_MEMBERS: ReadonlySet<string> = new Set([
  ...SENTENCES,
  ...['errors', 'error', 'code', 'status', 'statusCode', 'type', 'instance', 'success', 'ok'],
  ...['path', 'timestamp', 'requestId', 'request_id', 'traceId', 'trace_id', 'documentation_url'],
]);

/**
 * Tells whether a body is an error and nothing else, whatever its status: JSON of registries and frameworks, or XML of
 * object stores.
 * @param body the whole body; the beginning of one does not parse.
 */
export function isErrorBody(body: Uint8Array): boolean {
  if (body.length > MAX_ERROR_BYTES) return false;
  const text = new TextDecoder().decode(body);
  const fields = fieldsOf(parseJson(text));
  if (fields === undefined)
    return /^\s*(?:<\?xml[^>]{0,200}>\s*)?<Error[\s>]/.test(text) && xmlReason(text) !== '';
  const names = Object.keys(fields);
  return names.every((name) => ERROR_MEMBERS.has(name)) && entriesOf(fields).length > 0;
}

/** Returns only the reason. @param body the first bytes of an error's body. */
export function registryMessage(body: Uint8Array, contentType?: string): string {
  return readReason(body, contentType).text;
}
