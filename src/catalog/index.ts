/** What can be pulled: the repositories and tags of registries. */
export { parseRegistryEntry, type RegistryEntry } from './entry.ts';
export {
  estimatedModel,
  type Inspection,
  type InspectionExtent,
  Inspector,
  type InspectorOptions,
} from './inspect.ts';
export { type ListingOptions, listRepositories, listTagSizes, listTags } from './listing.ts';
export { type ListedTag, recommendTag } from './recommend.ts';
export { type PageName, webPage } from './webPage.ts';
