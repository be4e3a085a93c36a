/** Where a login to a registry comes from. */

/** A login: what `docker login` asks for. */
export interface Credential {
  readonly username: string;
  /** A password or an access token. */
  readonly password: string;
}

/** Knows the logins. Implementations read the editor's secret storage, Docker's config or a helper. */
export interface CredentialSource {
  /**
   * The login of a registry, or undefined for anonymous access.
   * @param registry its host as it stands in a reference: `docker.io`, `ghcr.io`, `localhost:5000`.
   */
  get(registry: string): Promise<Credential | undefined>;
}

/** No logins: only what is public. */
export const anonymous: CredentialSource = { get: async () => undefined };

/** The value of a Basic `Authorization` header (RFC 7617). */
export function basicAuthorization({ username, password }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
