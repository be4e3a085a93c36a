/** The models on this machine. */

export { contentBytes } from './contentBytes.ts';
export { type Download, groupDownloads, listDownloads } from './downloads.ts';
export { modelLabels } from './label.ts';
export { findModel, type LocalModel, listModels } from './library.ts';
