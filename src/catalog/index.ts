/** What can be pulled: the repositories and tags of registries. */
export { parseRegistryEntry, type RegistryEntry } from './entry.ts';
export { type ListingOptions, listRepositories, listTags } from './listing.ts';
