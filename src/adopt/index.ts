/**
 * Models that other tools keep on this machine: found, and taken into our store without a download.
 *
 * Each tool has a file with its layout at the top. Their stores are only read: content is cloned, hard-linked or
 * copied, in this order (`store/content/adoption.ts` says why each way is safe), and the bytes that are verified are
 * the bytes that become the blob. Models with a manifest keep it byte for byte. Plain GGUFs get one that says what
 * their header says, the same for the same files. Files of Hugging Face's cache keep their origin in the reference;
 * files without one begin with `imported.invalid/`, a name that RFC 6761 reserves for hosts that never exist, so no
 * pull can bring other content under it. A hard link shares its inode with the other tool, which can still write to it;
 * verification finds that.
 */
export {
  type ForeignModel,
  type ForeignModelState,
  type ForeignModels,
  type ForeignModelsOptions,
  listForeignModels,
} from './foreignModels.ts';
export { type Machine, thisMachine } from './homeFolders.ts';
export { isImported } from './importedNames.ts';
export { type ImportOptions, type ImportResult, importModel } from './importModel.ts';
export {
  type LocalAdoption,
  type LocalCopy,
  LocalSources,
  type LocalSourcesOptions,
} from './localSources.ts';
