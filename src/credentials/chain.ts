/** All sources of logins, asked one after the other. */
import { asModelError, type ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Credential, CredentialSource } from '../oci/spec/credential.ts';
import { DockerConfigSource, DockerEnvironmentSource, LegacyDockerSource } from './dockerConfig.ts';
import { type CredentialEnvironment, thisEnvironment } from './environment.ts';
import { HelperSource } from './helperSource.ts';
import { PodmanAuthSource } from './podmanAuth.ts';

/** A source of logins with a name for the log. */
export interface NamedSource {
  readonly name: string;
  readonly source: CredentialSource;
}

/** Asks sources in order. A failing one is logged and does not hide the others. */
export class CredentialChain implements CredentialSource {
  readonly #sources: readonly NamedSource[];
  readonly #log: Log;
  readonly #helpers: HelperSource | undefined;
  readonly #told = new Set<string>();

  /** @param helpers those that {@link forget} resets. */
  constructor(sources: readonly NamedSource[], log: Log = silentLog, helpers?: HelperSource) {
    this.#sources = sources;
    this.#log = log;
    this.#helpers = helpers;
  }

  async get(registry: string, repository?: string): Promise<Credential | undefined> {
    return (await this.#find(registry, repository))?.login;
  }

  /** Returns the name of the source that has a login for a registry, or undefined if none has. */
  async sourceOf(registry: string): Promise<string | undefined> {
    return (await this.#find(registry))?.name;
  }

  async #find(
    registry: string,
    repository?: string,
  ): Promise<{ readonly name: string; readonly login: Credential } | undefined> {
    for (const { name, source } of this.#sources) {
      try {
        const login = await source.get(registry, repository);
        if (login === undefined) continue;
        this.#log.debug(`The login for ${registry} comes from ${name}.`);
        return { name, login };
      } catch (error) {
        this.report(asModelError(error, 'auth-denied', t('The logins of {0} cannot be read.', name)));
      }
    }
    return undefined;
  }

  /**
   * Forgets the answers of helpers, because they were refused or may have changed.
   * @param registry defaults to all registries.
   */
  forget(registry?: string): void {
    this.#helpers?.forget(registry);
    this.#told.clear();
  }

  /** Logs a problem once, since each request meets the same broken file. */
  report(error: ModelError): void {
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    this.#log.warn(error.message);
  }
}

/** Settings of {@link openCredentials}. */
export interface CredentialOptions {
  /** Logins that the user gave to this extension. They take precedence over all others. */
  readonly own?: CredentialSource | undefined;
  /** Defaults to this process's environment. */
  readonly environment?: CredentialEnvironment | undefined;
  readonly log?: Log | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds that a helper may take. Defaults to 30000. */
  readonly helperTimeoutMs?: number | undefined;
}

/**
 * Opens the logins of this machine, in this order: those given to this extension; `DOCKER_AUTH_CONFIG`, which precedes
 * the files as in docker/cli; Docker's `config.json` with its helpers; podman's `auth.json`; `.dockercfg`.
 */
export function openCredentials(options: CredentialOptions = {}): CredentialChain {
  const { own, environment = thisEnvironment(), log, now, helperTimeoutMs } = options;
  const helpers = new HelperSource({ environment, now, timeoutMs: helperTimeoutMs });
  const parts = { environment, helpers, onProblem: (error: ModelError) => chain.report(error) };
  const sources: NamedSource[] = [
    { name: 'DOCKER_AUTH_CONFIG', source: new DockerEnvironmentSource(environment) },
    { name: t('Docker’s configuration'), source: new DockerConfigSource(parts) },
    { name: t('podman’s configuration'), source: new PodmanAuthSource(parts) },
    { name: '.dockercfg', source: new LegacyDockerSource(parts) },
  ];
  if (own !== undefined) sources.unshift({ name: t('the sign-in in VS Code'), source: own });
  const chain = new CredentialChain(sources, log, helpers);
  return chain;
}
