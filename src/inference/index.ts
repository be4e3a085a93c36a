/** The contract of everything that answers. Nothing here runs a model. */
export type * from './chat.ts';
export type * from './completion.ts';
export {
  CACHE_TYPES,
  type CacheType,
  type Capabilities,
  capability,
  type Engine,
  type EngineState,
  type LoadedModel,
  type LoadOptions,
  type LoadSettings,
  loadKey,
} from './engine.ts';
export { IMAGE_TOKENS, type ImageContent, imageTypeOf } from './image.ts';
export { imagesOf } from './messageImages.ts';
export type * from './modelSource.ts';
export type * from './tools.ts';
