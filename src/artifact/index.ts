/** What a manifest means: which files a model has and which of them to run. */
export type { FileRole, ModelArtifact, ModelFile } from './artifact.ts';
export { MAX_CONFIG_BYTES } from './config.ts';
export { safeFileName } from './fileName.ts';
export { readArtifact } from './read.ts';
