/** Logins of one configuration file: its helper for the registry, its store of all logins, its entries. */
import { isModelError, type ModelError } from '../base/error.ts';
import type { Credential, CredentialSource } from '../oci/spec/credential.ts';
import { type AuthConfig, type HelperChoice, helperIn, loginIn, storeIn } from './authConfig.ts';
import type { HelperSource } from './helperSource.ts';
import { WatchedFile } from './watchedFile.ts';

/** Asks one file in the order of docker/cli: `credHelpers`, `credsStore`, `auths`. */
export class ConfigFileSource implements CredentialSource {
  readonly #file: WatchedFile<AuthConfig>;
  readonly #helpers: HelperSource;
  readonly #onProblem: (error: ModelError) => void;

  /** @param parse parses the file's text. @param onProblem called with a broken part if others remain to be asked. */
  constructor(
    path: string,
    parse: (text: string, where: string) => AuthConfig,
    helpers: HelperSource,
    onProblem: (error: ModelError) => void,
  ) {
    this.#helpers = helpers;
    this.#onProblem = onProblem;
    this.#file = new WatchedFile(path, (text) => {
      // `docker login` and `docker logout` write the file even if a helper keeps the secret.
      helpers.forget();
      return parse(text, path);
    });
  }

  /** @throws ModelError `auth-denied` if the file or the registry's entry is broken. */
  async get(registry: string, repository?: string): Promise<Credential | undefined> {
    const config = await this.#file.read();
    if (config === undefined) return undefined;
    for (const choice of await this.#helperChoices(config, registry)) {
      const { helper, server } = choice;
      const login = await this.#unlessBroken(() => this.#helpers.get(helper, server));
      if (login !== undefined) return login;
    }
    return loginIn(config, registry, repository);
  }

  async #helperChoices(config: AuthConfig, registry: string): Promise<HelperChoice[]> {
    const own = await this.#unlessBroken(() => helperIn(config, registry));
    if (own === 'disabled') return [];
    const store = await this.#unlessBroken(() => storeIn(config, registry));
    return [own, store].filter((choice) => choice !== undefined);
  }

  async #unlessBroken<Value>(read: () => Value | Promise<Value>): Promise<Value | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isModelError(error)) throw error;
      this.#onProblem(error);
      return undefined;
    }
  }
}
