/** The registry protocol: names, manifests, and a client for registries. */
export type { BlobPieces } from './blobPieces.ts';
export type { BlobBody, FetchBlobOptions } from './blobs.ts';
export {
  anonymous,
  type Credential,
  type CredentialSource,
  type IdentityTokenCredential,
  isIdentityToken,
  isPasswordCredential,
  isRegistryToken,
  type PasswordCredential,
  type RegistryTokenCredential,
} from './credential.ts';
export { type Descriptor, MediaType } from './descriptor.ts';
export { digestHash, digestOf, parseDigest, shortDigest, tryParseDigest } from './digest.ts';
export { printable, webPageError } from './failure.ts';
export { type HttpClient, header } from './http.ts';
export type { ListOptions } from './listing.ts';
export type { ImageIndex, ImageManifest } from './manifest.ts';
export type { ResolvedManifest } from './manifests.ts';
export { type Mirror, parseMirror } from './mirrors.ts';
export { isLoopbackHost } from './network.ts';
export {
  isOllamaPart,
  type OllamaName,
  parseOllamaManifestPath,
  shortOllamaName,
  splitOllamaName,
  withOllamaDefaults,
} from './ollamaName.ts';
export { type ManifestChoice, ManifestChoiceError } from './platform.ts';
export type { BlobSource, PushBlobOptions, PushedBlob } from './push.ts';
export type { PushManifestOptions } from './pushManifest.ts';
export { isErrorBody, readReason } from './reason.ts';
export {
  canonicalRegistry,
  DEFAULTS,
  familiarReference,
  formatReference,
  isHuggingFaceName,
  isRegistryHost,
  isRepositoryName,
  parseReference,
  type Reference,
  type ReferenceDefaults,
} from './reference.ts';
export type { ReferrersOptions } from './referrers.ts';
export { type CallOptions, RegistryClient, type RegistryClientOptions } from './registryClient.ts';
export { type Backoff, backoffMs, REQUEST_BACKOFF, sleep, withRetry } from './retry.ts';
export type {
  AnswerBody,
  HttpBody,
  HttpMethod,
  HttpSender,
  SendRequest,
  SentAnswer,
  Sink,
} from './sender.ts';
export { DOCKER_HUB, expandShorthand, HUGGING_FACE, LOGIN_REFUSAL, OLLAMA } from './shorthand.ts';
export { preloadNetwork } from './undiciSender.ts';
