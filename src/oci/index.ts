/**
 * The registry protocol: names, manifests, and a client for registries.
 *
 * The client asks a `CredentialSource` for logins and an `HttpSender` for exchanges, and knows neither Docker's files
 * nor proxies. `network/` has one undici dispatcher for each server, because each has its own certificates and way; it
 * opens tunnels itself, since undici's ProxyAgent does not tell why a proxy refuses. A proxy that wants NTLM or
 * Kerberos, or a server that cannot be reached directly, is tried once more through the `fetch` of the extension host,
 * which VS Code has put its networking behind. `vscode/window/connections.ts` puts these together for one window.
 *
 * A token is asked for what the request needs, whatever the challenge says. A login that a registry refuses, with 401
 * or 403, is asked for once more at its source; a registry that another one redirects to gets a token or a login of its
 * own. Where an answer may lead (redirects, realms, addresses of uploads, `urls` of descriptors) is one rule, in
 * `http/zone.ts`: to its own host, its own network and those outside of it, never further in. Names are judged by their
 * spelling, and by their addresses in the connector (`http/watchedConnector.ts`); connections made with one limit are
 * not used with another. Behind a proxy only the first look applies, since the proxy resolves names.
 *
 * Whatever a registry answers ends, and is small before it is understood. Lists are scanned while they arrive
 * (`client/nameScanner.ts`) and end after 10,000 usable names or 16 MiB; `onCut` tells the caller, and the row says so.
 * Manifests above 64 KiB are parsed and checked in a thread (`client/manifestThread.ts`); other JSON goes through
 * `base/json.ts`, which counts members and depth before it parses. Small bodies have a time limit that grows with their
 * bytes (`HttpClient.readSmall`). The reasons of failures are read in any form (`spec/reason.ts`) and told with the
 * host that gave them; `test/unit/oci/answers.md` lists what people meet and are told.
 */
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
export { parseRetryAfter, webPageError } from './http/answerErrors.ts';
export { type Backoff, backoffMs, REQUEST_BACKOFF, sleep, withRetry } from './http/backoff.ts';
export { type HttpAnswer, HttpClient, header } from './http/http.ts';
export { wasKeptConnection } from './http/networkFailure.ts';
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
  type PasswordCredential,
  type RegistryTokenCredential,
} from './spec/credential.ts';
export { type Descriptor, MediaType } from './spec/descriptor.ts';
export { digestOf, parseDigest, shortDigest } from './spec/digest.ts';
export type { PageName } from './spec/hosts/host.ts';
export { canonicalRegistry, hostOf, hostOfSite, namesOn, REGISTRY_HOSTS } from './spec/hosts.ts';
export type { ImageIndex, ImageManifest } from './spec/manifest.ts';
export { isRegistryHost, isRepositoryName } from './spec/names.ts';
export {
  type OllamaName,
  parseOllamaManifestPath,
  shortOllamaName,
} from './spec/ollamaName.ts';
export { inBrackets, isErrorBody, readReason } from './spec/reason.ts';
export {
  DEFAULTS,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
  type ReferenceDefaults,
} from './spec/reference.ts';
export { expandPlace, loginRefusal } from './spec/shorthand.ts';
export { parseTypedReference, recognizeReference } from './spec/typed.ts';
