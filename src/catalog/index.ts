/** Models that can be pulled: repositories and tags of registries, and what they contain. */
export { USES, type Use } from './builtIn.ts';
export {
  Catalogue,
  type CatalogueOptions,
  type DatedList,
  type Origin,
} from './catalogue.ts';
export { formatRegistryEntry, parseRegistryEntry, type RegistryEntry } from './entry.ts';
export {
  estimatedModel,
  type Inspection,
  type InspectionExtent,
  Inspector,
  type InspectorOptions,
} from './inspect.ts';
export {
  canSearch,
  type ListedRepository,
  type ListingOptions,
  listRepositories,
  listTags,
  type Offer,
  offersOf,
  searchRepositories,
} from './listing.ts';
export { type Proposal, type ProposedModel, proposeModels } from './proposal.ts';
export { type ListedTag, recommendTag } from './recommend.ts';
export {
  FITS_FILTER,
  type ModelQuery,
  matchesQuery,
  parseModelQuery,
  searchBuiltIn,
  useFilter,
} from './search.ts';
export { type JudgedMachine, judgeBySize, type ListedSize, type SizeVerdict } from './sizeVerdict.ts';
export { expectedSpeed, type MachineSpeed } from './speed.ts';
export { SUGGESTED_MODELS, type SuggestedModel, smallerCompleter } from './suggestions.ts';
export { lookUpTag, type PulledModel, type TagFinding, type TagLookup } from './updates.ts';
export { type PageName, webPage } from './webPage.ts';
