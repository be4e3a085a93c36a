/**
 * Models that a workspace's Compose files and dev containers name. Bundled on its own and loaded when such a file is
 * open, because the YAML parser is only needed then.
 */
export { readComposeModels } from './composeModels.ts';
export { readDevContainerModels } from './devContainerModels.ts';
export type { NamedModel, NamedModels } from './named.ts';
