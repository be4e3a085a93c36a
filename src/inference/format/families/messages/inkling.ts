/** Inkling: messages whose first mark says if they are a thought, a text or a call. */
import { jsonCalls } from '../../callBodies.ts';
import type { Family, Section } from '../../outputFamily.ts';

const CLOSE = ['<|end_message|>', '<|message_model|>'];

/** A header is the name of a tool, or nothing. */
function section(header: string): Section | undefined {
  return /^[\w.:-]{0,128}$/.test(header.trim())
    ? { kind: 'call', close: CLOSE, read: [jsonCalls] }
    : undefined;
}

export const inkling: Family = {
  name: 'inkling',
  marks: [
    { kind: 'thought', open: '<|content_thinking|>', close: CLOSE },
    { kind: 'thought', open: '<|message_model|><|content_thinking|>', close: CLOSE },
    { kind: 'stray', open: '<|message_model|><|content_text|>' },
    { kind: 'stray', open: '<|content_text|>' },
    { kind: 'header', open: '<|message_model|>', headerEnd: '<|content_invoke_tool_json|>', section },
    { kind: 'call', open: '<|content_invoke_tool_json|>', close: CLOSE, read: [jsonCalls] },
    { kind: 'stray', open: '<|end_message|>' },
    { kind: 'stray', open: '<|content_model_end_sampling|>' },
  ],
};
