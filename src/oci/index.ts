/** The registry protocol: names, manifests, and a client for registries. */
export type { BlobPieces } from './client/blobPieces.ts';
export type { BlobBody, FetchBlobOptions } from './client/blobRequests.ts';
export type { ListOptions } from './client/lists.ts';
export type { ResolvedManifest } from './client/manifests.ts';
export { type Mirror, parseMirror } from './client/mirrors.ts';
export { type ManifestChoice, ManifestChoiceError } from './client/platform.ts';
export type { BlobSource, PushBlobOptions, PushedBlob } from './client/push.ts';
export type { PushManifestOptions } from './client/pushManifest.ts';
export type { ReferrersOptions } from './client/referrers.ts';
export { type CallOptions, RegistryClient, type RegistryClientOptions } from './client/registryClient.ts';
export { printable, webPageError } from './http/answerErrors.ts';
export { type Backoff, backoffMs, REQUEST_BACKOFF, sleep, withRetry } from './http/backoff.ts';
export { type HttpClient, header } from './http/http.ts';
export type {
  AnswerBody,
  HttpBody,
  HttpMethod,
  HttpSender,
  SendRequest,
  SentAnswer,
  Sink,
} from './http/sender.ts';
export { isLoopbackHost } from './http/servers.ts';
export { preloadNetwork } from './http/undiciSender.ts';
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
} from './spec/credential.ts';
export { type Descriptor, MediaType } from './spec/descriptor.ts';
export { digestHash, digestOf, parseDigest, shortDigest, tryParseDigest } from './spec/digest.ts';
export type { PageName } from './spec/hosts/host.ts';
export { canonicalRegistry, hostOf, hostOfSite, namesOn, REGISTRY_HOSTS } from './spec/hosts.ts';
export type { ImageIndex, ImageManifest } from './spec/manifest.ts';
export { isRegistryHost, isRepositoryName } from './spec/names.ts';
export {
  isOllamaPart,
  type OllamaName,
  parseOllamaManifestPath,
  shortOllamaName,
  splitOllamaName,
  withOllamaDefaults,
} from './spec/ollamaName.ts';
export { isErrorBody, readReason } from './spec/reason.ts';
export {
  DEFAULTS,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
  type ReferenceDefaults,
} from './spec/reference.ts';
export { expandShorthand, loginRefusal } from './spec/shorthand.ts';
