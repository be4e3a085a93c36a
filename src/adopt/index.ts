/** Finds models that other tools keep on this machine, and imports them into our store. */
export {
  type ForeignModel,
  type ForeignModelState,
  type ForeignModels,
  type ForeignModelsOptions,
  listForeignModels,
} from './foreignModels.ts';
export { type Machine, thisMachine } from './homeFolders.ts';
export { IMPORTED_REGISTRY, isImported } from './importedNames.ts';
export { type ImportOptions, type ImportResult, importModel } from './importModel.ts';
export {
  type LocalAdoption,
  type LocalCopy,
  LocalSources,
  type LocalSourcesOptions,
} from './localSources.ts';
