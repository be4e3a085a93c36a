/** The models on this machine. */

export { modelLabels } from './label.ts';
export { findModel, type LocalModel, listModels } from './library.ts';
