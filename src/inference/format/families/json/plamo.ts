/** PLaMo 3: name and arguments between marks of their own. */
import { markedCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

const mark = (name: string): string => `<|plamo:${name}:plamo|>`;

export const plamo: Family = {
  name: 'plamo',
  marks: [
    {
      kind: 'call',
      open: mark('begin_tool_requests'),
      close: [mark('end_tool_requests')],
      read: [
        markedCalls({
          begin: mark('begin_tool_request'),
          name: mark('begin_tool_name'),
          nameEnd: mark('end_tool_name'),
          arguments: mark('begin_tool_arguments'),
          end: [mark('end_tool_arguments'), mark('end_tool_request')],
        }),
      ],
    },
  ],
};
