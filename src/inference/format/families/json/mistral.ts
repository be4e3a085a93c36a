/** Mistral, Ministral 3, Magistral, Devstral: `[TOOL_CALLS]` up to the end. */
import { jsonCalls, namedJson } from '../../callBodies.ts';
import type { BodyReader, Family } from '../../outputFamily.ts';

/** `f[ARGS]{…}`, `f[CALL_ID]id[ARGS]{…}`, `f{…}`. */
const named: BodyReader = namedJson(/(?:\[CALL_ID\]\w*)?\[ARGS\]|(?=\{)/);

export const mistral: Family = {
  name: 'mistral',
  marks: [
    { kind: 'thought', open: '[THINK]', close: ['[/THINK]'] },
    { kind: 'call', open: '[TOOL_CALLS]', close: ['[TOOL_CALLS]', '</s>'], read: [jsonCalls, named] },
  ],
};
