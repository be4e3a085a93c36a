/** The kinds of logins to a registry, and the interface of their sources. */

/** A user name with a password or an access token, as `docker login` asks for. */
export interface PasswordCredential {
  readonly username: string;
  /** A password or an access token. */
  readonly password: string;
}

/** A refresh token that a token server exchanges for registry tokens: `identitytoken` of Docker's config. */
export interface IdentityTokenCredential {
  readonly identityToken: string;
  readonly username?: string | undefined;
}

/** A token that the registry accepts as a Bearer token as it is: `registrytoken` of Docker's config. */
export interface RegistryTokenCredential {
  readonly registryToken: string;
}

/** A login. Its members tell its kind. */
export type Credential = PasswordCredential | IdentityTokenCredential | RegistryTokenCredential;

/** A source of logins: the editor's secret storage, Docker's config or a helper. */
export interface CredentialSource {
  /**
   * Returns the login of a registry, or undefined for anonymous access.
   * @param registry its host as in a reference: `docker.io`, `ghcr.io`, `localhost:5000`.
   * @param repository the repository to access, such as `ai/gemma3`, since podman keeps logins for single namespaces.
   */
  get(registry: string, repository?: string): Promise<Credential | undefined>;
  /** Forgets the cached login of a registry because it was refused. The next `get` asks its origin. */
  forget?(registry: string): void;
}

/** A source without logins, for public models only. */
export const anonymous: CredentialSource = { get: async () => undefined };

/** Tells whether a login is a user name with a password. */
export function isPasswordCredential(credential: Credential | undefined): credential is PasswordCredential {
  return credential !== undefined && 'password' in credential;
}

/** Tells whether a login is a refresh token. */
export function isIdentityToken(credential: Credential | undefined): credential is IdentityTokenCredential {
  return credential !== undefined && 'identityToken' in credential;
}

/** Tells whether a login is a ready Bearer token. */
export function isRegistryToken(credential: Credential | undefined): credential is RegistryTokenCredential {
  return credential !== undefined && 'registryToken' in credential;
}

/** Returns the value of a Basic `Authorization` header (RFC 7617). */
export function basicAuthorization({ username, password }: PasswordCredential): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
