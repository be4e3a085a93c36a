/** Where a login to a registry comes from, and the kinds of login there are. */

/** A user name with a password or an access token: what `docker login` asks for. */
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

/** A token that the registry takes as it is, as a Bearer token: `registrytoken` of Docker's config. */
export interface RegistryTokenCredential {
  readonly registryToken: string;
}

/** A login. Which kind it is shows in its members. */
export type Credential = PasswordCredential | IdentityTokenCredential | RegistryTokenCredential;

/** Knows the logins. Implementations read the editor's secret storage, Docker's config or a helper. */
export interface CredentialSource {
  /**
   * The login of a registry, or undefined for anonymous access.
   * @param registry its host as it stands in a reference: `docker.io`, `ghcr.io`, `localhost:5000`.
   * @param repository what is asked for, such as `ai/gemma3`, since podman keeps logins for single namespaces.
   */
  get(registry: string, repository?: string): Promise<Credential | undefined>;
  /** Forgets what is kept of a registry's login, because it was refused: the next `get` asks where it comes from. */
  forget?(registry: string): void;
}

/** No logins: only what is public. */
export const anonymous: CredentialSource = { get: async () => undefined };

/** Whether a login is a user name with a password. */
export function isPasswordCredential(credential: Credential | undefined): credential is PasswordCredential {
  return credential !== undefined && 'password' in credential;
}

/** Whether a login is a refresh token. */
export function isIdentityToken(credential: Credential | undefined): credential is IdentityTokenCredential {
  return credential !== undefined && 'identityToken' in credential;
}

/** Whether a login is a ready Bearer token. */
export function isRegistryToken(credential: Credential | undefined): credential is RegistryTokenCredential {
  return credential !== undefined && 'registryToken' in credential;
}

/** The value of a Basic `Authorization` header (RFC 7617). */
export function basicAuthorization({ username, password }: PasswordCredential): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
