/**
 * Reads what a manifest means: which files a model has, and which of them to run.
 *
 * `read.ts` has the families in the order of decisions; each has a file with its media types and their sources.
 * Packagers mix each other's types, so every reader looks at layers through `layer.ts` (types, then names); `names/`
 * has all rules about names. `placement.ts` gives files their paths and an order, and refuses what is not one whole
 * model: two files for one path, missing shards, several models and nothing that says which to run.
 *
 * The content of a tar is known for sure only after the pull. So `readArtifact` gives files and *archives*, the pull brings
 * both, and `withMembers` makes the artifact of what came out; the store records members, so both together give the
 * same again later. Before a pull, names and sizes have to do (`foresee.ts`). A model that does not run here is no
 * error: it has `runnable: false` and a `reason` to show. Anything that is no model is refused before it is downloaded,
 * and so is a container image that is a program, which its config tells.
 *
 * Of several GGUFs, names and sizes tell the model (`names/companions.ts`): a file named as a draft, an adapter, a
 * projector or a vocabulary is that beside a larger model. Where they leave it open, the beginning of each header
 * decides (`headers.ts`), before the pull and again from the store; of several models all are named and none is chosen.
 * The name of a single GGUF says nothing but `mmproj`, and a file whose name says nothing (`oras push` without an
 * extension) is judged by its first bytes.
 *
 * A publisher's wishes (Ollama's SYSTEM, PARAMETER and MESSAGE, which Hugging Face's registry has too, Docker's context
 * size) are read after the pull (`defaults.ts`) and hold unless the user says otherwise. Ollama's template is written
 * for Go and kept as a file; the engine uses the GGUF's own.
 */
export {
  type ArchiveLayer,
  type ArchiveMember,
  adaptersOf,
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
export { readArtifact, readArtifactInSlices } from './read.ts';
export { GGUF_MAGIC_BYTES, isForeign, isGguf, isWantedByName } from './wanted.ts';
