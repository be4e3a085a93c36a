/**
 * Models that a workspace's Compose files name. Bundled on its own and loaded when such a file is open, because the YAML
 * parser is only needed then.
 */
export { type ComposeModel, readComposeModels } from './composeModels.ts';
