/** GLM 4.5 to 4.7, Laguna: a name with keys and values between `<tool_call>` marks. */
import { argumentElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const glm: Family = {
  name: 'glm',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    { kind: 'call', open: '<tool_call>', close: ['</tool_call>'], read: [argumentElements] },
    { kind: 'wrapper', open: '<answer>', close: ['</answer>'] },
    { kind: 'stray', open: '<|begin_of_box|>' },
    { kind: 'stray', open: '<|end_of_box|>' },
    { kind: 'stray', open: '<|observation|>' },
    { kind: 'stray', open: '<|assistant|>' },
    { kind: 'stray', open: '<|user|>' },
  ],
};
