/** Logins to registries, from the editor's secrets, Docker, podman and credential helpers; API keys of endpoints. */
export { CredentialChain, type CredentialOptions, type NamedSource, openCredentials } from './chain.ts';
export { EndpointSecrets } from './endpointSecrets.ts';
export type { CredentialEnvironment } from './environment.ts';
export type { HelperSourceOptions } from './helperSource.ts';
export { PodmanAuthSource } from './podmanAuth.ts';
export { SecretSource, type SecretStore } from './secrets.ts';
