/** Reads what a manifest means: which files a model has, and which of them to run. */
export {
  type ArchiveLayer,
  type ArchiveMember,
  defaultsSchema,
  type FileRole,
  MODEL_FAMILIES,
  MODEL_FORMATS,
  type ModelArtifact,
  type ModelDefaults,
  type ModelFamily,
  type ModelFile,
  type ModelFormat,
  type ModelMetadata,
  weightsOf,
} from './artifact.ts';
export { MAX_CONFIG_BYTES } from './config.ts';
export { readDefaults } from './defaults.ts';
export type { ReadOptions } from './family.ts';
export {
  foreseeMember,
  foreseeWeightBytes,
  formatByNames,
  likelyArchives,
  withFormat,
} from './foresee.ts';
export { decideByHeaders, type HeaderRoles } from './headers.ts';
export { imageFileName, imageWeights, isImageWeights, MODEL_PATH } from './imageFiles.ts';
export { withMembers } from './members.ts';
export { safeFileName } from './names/fileName.ts';
export { isModelFileName, POINTER } from './names/roles.ts';
export { readArtifact } from './read.ts';
export { GGUF_MAGIC_BYTES, isForeign, isGguf, isWantedByName } from './wanted.ts';
