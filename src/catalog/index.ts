/** Models that can be pulled: repositories and tags of registries, and what they contain. */
export { parseRegistryEntry, type RegistryEntry } from './entry.ts';
export {
  estimatedModel,
  type Inspection,
  type InspectionExtent,
  Inspector,
  type InspectorOptions,
} from './inspect.ts';
export {
  canSearch,
  type ListingOptions,
  listRepositories,
  listTagSizes,
  listTags,
  searchRepositories,
} from './listing.ts';
export { judgeBySize, type ListedTag, recommendTag } from './recommend.ts';
export { SUGGESTED_MODELS, type SuggestedModel, smallerCompleter } from './suggestions.ts';
export { type PageName, webPage } from './webPage.ts';
