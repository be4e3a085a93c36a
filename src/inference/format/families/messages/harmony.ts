/**
 * gpt-oss: messages whose header names a channel and, for a call, its recipient (OpenAI's Harmony format). The first
 * header begins in the prompt, so an answer may begin with `<|channel|>`. Glimmer has the same frame.
 */
import { isObject } from '../../../../base/json.ts';
import { jsonCalls, withoutFence } from '../../callBodies.ts';
import { isUsable, readLoose } from '../../loose.ts';
import type { BodyReader, Family, Section } from '../../outputFamily.ts';

const CLOSE = ['<|end|>', '<|return|>', '<|call|>', '<|eom|>', '<|eot|>', '<|start|>'];

/** Words of headers beside the recipient; a header with any other is text. */
const WORDS = new Set(
  ' assistant user system developer tool analysis commentary final think thinking thought json code text python string'.split(
    ' ',
  ),
);

function argumentsFor(name: string): BodyReader {
  return (body, isEnd) => {
    const text = withoutFence(body);
    if (text.trim() === '') return [{ name, arguments: {} }];
    const found = readLoose(text);
    if (found === undefined || !isUsable(found, isEnd)) return undefined;
    const { value } = found;
    return isObject(value) ? [{ name, arguments: value }] : jsonCalls(body, isEnd);
  };
}

/** `analysis`, `commentary to=functions.f <|constrain|>json`, ` to=functions.f<|channel|>commentary json`, `final`. */
function section(header: string): Section | undefined {
  const others = header.replace(/<\|(?:channel|constrain)\|>|\bto=[\w.:-]+/g, ' ').split(/\s+/);
  if (others.some((word) => !WORDS.has(word))) return undefined;
  const recipient = /\bto=(?:functions\.)?([\w.:-]+)/.exec(header)?.[1];
  if (recipient !== undefined) return { kind: 'call', close: CLOSE, read: [argumentsFor(recipient)] };
  const channel = /(?:<\|channel\|>)?\s*(\w+)\s*(?:<\|constrain\|>\w*)?\s*$/.exec(header)?.[1];
  if (channel === 'analysis') return { kind: 'thought', close: CLOSE };
  return channel === undefined || header.length > 200 ? undefined : { kind: 'text', close: CLOSE };
}

export const harmony: Family = {
  name: 'harmony',
  marks: [
    { kind: 'header', open: '<|start|>', headerEnd: '<|message|>', section },
    { kind: 'header', open: '<|channel|>', headerEnd: '<|message|>', section },
    { kind: 'stray', open: '<|end|>' },
    { kind: 'stray', open: '<|return|>' },
    { kind: 'stray', open: '<|call|>' },
  ],
};
