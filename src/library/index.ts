/** The models on this machine, as the rest of the extension sees them. */

export { contentBytes } from './contentBytes.ts';
export { type DiskReport, diskReport, type ModelShare } from './diskReport.ts';
export { type Download, groupDownloads, listDownloads } from './downloads.ts';
export { labelsOf, lastPart, modelLabels, type ShortLabel } from './label.ts';
export { findModel, type LocalModel, listModels } from './library.ts';
export { readStoreContents, type StoreContents } from './modelContents.ts';
