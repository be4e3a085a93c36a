/** Models that were trained on Cline's and Roo Code's tools: an element of the tool's name, with one for each argument. */
import { elementCalls } from '../../elements.ts';
import { escaped } from '../../escaped.ts';
import type { Family } from '../../outputFamily.ts';

export const cline: Family = {
  name: 'cline',
  isByName: true,
  marks: [],
  ofTool(name) {
    const [open, close] = [`<${name}>`, `</${name}>`];
    const read = elementCalls({
      call: new RegExp(`<(${escaped(name)})>`, 'y'),
      callEnd: new RegExp(escaped(close), 'y'),
      argument: /<([A-Za-z_][\w.-]{0,127})>/y,
      argumentEnd: /<\/[A-Za-z_][\w.-]{0,127}>/g,
    });
    return [
      {
        kind: 'call',
        open,
        close: [close],
        read: [(body, isEnd) => read(`${open}${body}${isEnd ? '' : close}`, isEnd)],
      },
    ];
  },
};
