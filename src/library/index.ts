/** The models on this machine. */

export { type Download, groupDownloads, listDownloads } from './downloads.ts';
export { modelLabels } from './label.ts';
export { findModel, type LocalModel, listModels } from './library.ts';
