/** The models on this machine. */
export { findModel, type LocalModel, listModels } from './library.ts';
export { formatParameters } from './parameters.ts';
