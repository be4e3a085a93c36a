/** The models on this machine, as the rest of the extension sees them. */

export { contentBytes } from './contentBytes.ts';
export { type Download, groupDownloads, listDownloads } from './downloads.ts';
export { modelLabels } from './label.ts';
export { findModel, type LocalModel, listModels } from './library.ts';
