/** Logins of podman, buildah and skopeo: `auth.json` (containers-auth.json(5)). */
import { join } from 'node:path';
import { isModelError, type ModelError } from '../base/error.ts';
import type { Credential, CredentialSource } from '../oci/spec/credential.ts';
import { parseAuthConfig } from './authConfig.ts';
import { ConfigFileSource } from './configSource.ts';
import type { FileSourceOptions } from './dockerConfig.ts';
import { type CredentialEnvironment, systemPath, variable } from './environment.ts';

/** Returns the files to read, in this order. `REGISTRY_AUTH_FILE` replaces all of them. */
export function podmanAuthPaths(environment: CredentialEnvironment): string[] {
  const chosen = variable(environment, 'REGISTRY_AUTH_FILE');
  if (chosen !== undefined) return [chosen];
  const { home, platform, uid } = environment;
  const config = variable(environment, 'XDG_CONFIG_HOME') ?? join(home, '.config');
  const paths = [join(config, 'containers', 'auth.json')];
  if (platform !== 'linux') return paths;
  const runtime =
    variable(environment, 'XDG_RUNTIME_DIR') ??
    (uid === undefined ? undefined : systemPath(environment, `/run/containers/${uid}`));
  // Without XDG_RUNTIME_DIR the file lies directly in /run/containers/<uid>.
  if (runtime === undefined) return paths;
  const inside = variable(environment, 'XDG_RUNTIME_DIR') === undefined ? '' : 'containers';
  return [join(runtime, inside, 'auth.json'), ...paths];
}

/** Logins of `podman login`, with the longest namespace that matches. */
export class PodmanAuthSource implements CredentialSource {
  readonly #files: readonly ConfigFileSource[];
  readonly #onProblem: (error: ModelError) => void;

  constructor({ environment, helpers, onProblem }: FileSourceOptions) {
    this.#onProblem = onProblem;
    this.#files = podmanAuthPaths(environment).map(
      (path) => new ConfigFileSource(path, parseAuthConfig, helpers, onProblem),
    );
  }

  /** Returns a login. A broken file is passed to `onProblem`, and does not hide the others. */
  async get(registry: string, repository?: string): Promise<Credential | undefined> {
    for (const file of this.#files) {
      try {
        const login = await file.get(registry, repository);
        if (login !== undefined) return login;
      } catch (error) {
        if (!isModelError(error)) throw error;
        this.#onProblem(error);
      }
    }
    return undefined;
  }
}
