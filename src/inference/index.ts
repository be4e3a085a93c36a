/** The contract of everything that answers. Nothing here runs a model. */
export type * from './engine.ts';
