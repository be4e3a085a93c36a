/** Logins of Docker: `DOCKER_AUTH_CONFIG`, `config.json`, and `.dockercfg` of Docker before 1.7. */
import { join } from 'node:path';
import type { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import type { Credential, CredentialSource } from '../oci/spec/credential.ts';
import { loginIn, parseAuthConfig, parseLegacyConfig } from './authConfig.ts';
import { ConfigFileSource } from './configSource.ts';
import { type CredentialEnvironment, variable } from './environment.ts';
import type { HelperSource } from './helperSource.ts';

/** The means of sources that read files. */
export interface FileSourceOptions {
  readonly environment: CredentialEnvironment;
  readonly helpers: HelperSource;
  /** Called with a broken part if others remain to be asked. */
  readonly onProblem: (error: ModelError) => void;
}

/** Returns `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json` if the variable is not set. */
export function dockerConfigPath(environment: CredentialEnvironment): string {
  const folder = variable(environment, 'DOCKER_CONFIG') ?? join(environment.home, '.docker');
  return join(folder, 'config.json');
}

/** Logins of `docker login`. */
export class DockerConfigSource implements CredentialSource {
  readonly #file: ConfigFileSource;

  constructor({ environment, helpers, onProblem }: FileSourceOptions) {
    this.#file = new ConfigFileSource(dockerConfigPath(environment), parseAuthConfig, helpers, onProblem);
  }

  /** @throws ModelError `auth-denied` if the file or the registry's entry is broken. */
  async get(registry: string, repository?: string): Promise<Credential | undefined> {
    return this.#file.get(registry, repository);
  }
}

/** Logins of the environment variable `DOCKER_AUTH_CONFIG`, which holds a whole configuration for CI jobs. */
export class DockerEnvironmentSource implements CredentialSource {
  readonly #environment: CredentialEnvironment;

  constructor(environment: CredentialEnvironment) {
    this.#environment = environment;
  }

  /** @throws ModelError `auth-denied` if the variable or the registry's entry is broken. */
  async get(registry: string, repository?: string): Promise<Credential | undefined> {
    const text = variable(this.#environment, 'DOCKER_AUTH_CONFIG');
    if (text === undefined) return undefined;
    return loginIn(
      parseAuthConfig(text, t('the environment variable {0}', 'DOCKER_AUTH_CONFIG')),
      registry,
      repository,
    );
  }
}

/** Logins of `~/.dockercfg`. */
export class LegacyDockerSource implements CredentialSource {
  readonly #file: ConfigFileSource;

  constructor({ environment, helpers, onProblem }: FileSourceOptions) {
    const path = join(environment.home, '.dockercfg');
    this.#file = new ConfigFileSource(path, parseLegacyConfig, helpers, onProblem);
  }

  /** @throws ModelError `auth-denied` if the file or the registry's entry is broken. */
  async get(registry: string, repository?: string): Promise<Credential | undefined> {
    return this.#file.get(registry, repository);
  }
}
