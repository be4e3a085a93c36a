/** EXAONE Deep, JoyAI, Apriel and others whose thoughts have marks of their own. */
import type { Family } from '../../outputFamily.ts';

export const exaone: Family = {
  name: 'exaone',
  marks: [
    { kind: 'thought', open: '<thought>', close: ['</thought>'] },
    { kind: 'thought', open: '<thinking>', close: ['</thinking>'] },
    { kind: 'thought', open: '<|begin_of_thought|>', close: ['<|end_of_thought|>'] },
    { kind: 'thought', open: '<reasoning>', close: ['</reasoning>'] },
    { kind: 'stray', open: '<|begin_of_solution|>' },
    { kind: 'stray', open: '<|end_of_solution|>' },
  ],
};
