/** This window's connections to registries: one client with its logins and its network. */
import * as vscode from 'vscode';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import {
  type CredentialChain,
  openCredentials,
  SecretSource,
  type SecretStore,
} from '../../credentials/index.ts';
import {
  type Credential,
  type CredentialSource,
  HttpClient,
  type Mirror,
  preloadNetwork,
  RegistryClient,
  type RegistryClientOptions,
} from '../../oci/index.ts';
import { type Exchange, FetchSender, NetworkSender, RecordingSender } from '../../oci/network/index.ts';
import type { WorkerMoverOptions } from '../../transfer/index.ts';
import { offer, signIn } from './buttons.ts';
import { showWarning } from './notify.ts';
import { settings } from './settings.ts';

/** Delay of preloading in milliseconds, after which the editor has finished starting. */
const PRELOAD_MS = 5_000;

/** Milliseconds without a byte after which an answer of an endpoint fails: a long prompt takes minutes. */
const ENDPOINT_STALL_MS = 15 * 60_000;

/** Everything that connections need from the editor. */
export interface ConnectionOptions {
  /** The editor's secret storage. */
  readonly secrets: SecretStore;
  /** The client's User-Agent. */
  readonly userAgent: string;
  readonly log: Log;
  /** Called when an exchange with a server has ended. Defaults to nothing. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Absolute path of the bundle of manifestMain.ts. */
  readonly manifestEntry?: string | undefined;
  /** The logins of other programs. Defaults to those on this machine. */
  readonly otherLogins?: ((own: CredentialSource, log: Log) => CredentialChain) | undefined;
}

/** The result of testing a login. */
export interface LoginTrial {
  /** True if the registry asked for the login; a registry that is open to all cannot detect a wrong one. */
  readonly wasAsked: boolean;
}

function mirrorsOf(registry: string): Mirror[] {
  return settings.mirrors(registry).map((address) => ({ address }));
}

function isInsecure(registry: string): boolean {
  return settings.insecureRegistries().includes(registry);
}

/** Creates the client on first use. It picks up new settings and logins as they change. */
export class Connections implements vscode.Disposable {
  readonly #options: ConnectionOptions;
  readonly #secrets: SecretSource;
  readonly #onExchange: (exchange: Exchange) => void;
  /** VS Code has patched `fetch` with its own networking. */
  readonly #editor = new FetchSender(() => globalThis.fetch);
  readonly #sender: NetworkSender;
  readonly #subscription: vscode.Disposable;
  readonly #loginChanged = new vscode.EventEmitter<string>();
  readonly #preload = setTimeout(() => void preloadNetwork(), PRELOAD_MS);
  /** Fires with the registry whose login was saved or forgotten here. */
  readonly onDidChangeLogin = this.#loginChanged.event;
  #credentials: CredentialChain | undefined;
  #client: RegistryClient | undefined;
  #endpoints: HttpClient | undefined;

  constructor(options: ConnectionOptions) {
    const { secrets, log } = options;
    this.#options = options;
    this.#secrets = new SecretSource(secrets);
    this.#onExchange = options.onExchange ?? (() => {});
    this.#sender = new NetworkSender({
      settings: () => settings.network(),
      preferEditor: () => settings.prefersEditorNetwork(),
      editor: this.#editor,
      log,
    });
    this.#subscription = settings.onDidChangeNetwork(() => this.#sender.reset());
  }

  /** Returns the client for everything except testing a login. */
  client(): RegistryClient {
    this.#client ??= this.#makeClient(this.#logins(), (registry) => this.#warnOfRefusal(registry));
    return this.#client;
  }

  /** Returns the client for endpoints, over the same network. */
  endpointHttp(): HttpClient {
    const { userAgent, log } = this.#options;
    const sender = new RecordingSender(this.#sender, this.#onExchange, 'endpoint');
    this.#endpoints ??= new HttpClient({ sender, userAgent, log, stallMs: ENDPOINT_STALL_MS });
    return this.#endpoints;
  }

  /** Returns everything that a thread needs to reach the same registries with the same logins. */
  forThread(): Pick<
    WorkerMoverOptions,
    'network' | 'credentials' | 'onLoginRefused' | 'onDidChangeLogin' | 'onExchange' | 'editor'
  > {
    return {
      network: (registry) => ({
        settings: settings.network(),
        preferEditor: settings.prefersEditorNetwork(),
        mirrors: mirrorsOf(registry),
        plainHttp: isInsecure(registry),
        userAgent: this.#options.userAgent,
      }),
      credentials: {
        get: async (registry, repository) => this.#logins().get(registry, repository),
        forget: (registry) => this.#logins().forget(registry),
      },
      onLoginRefused: (registry) => this.#warnOfRefusal(registry),
      onDidChangeLogin: this.onDidChangeLogin,
      onExchange: this.#onExchange,
      editor: this.#editor,
    };
  }

  /** Returns the name of the source of a registry's login, or undefined if there is none. Asks no registry. */
  async loginSource(registry: string): Promise<string | undefined> {
    return this.#logins().sourceOf(registry);
  }

  /** Returns the registries that the user has signed in to here. */
  async signedIn(): Promise<string[]> {
    return this.#secrets.registries();
  }

  /**
   * Tests a login with the registry, and stores it in the secret storage if it works.
   * @throws ModelError `auth-denied` if the registry refuses it, and any error of a request.
   */
  async signIn(registry: string, credential: Credential, signal: AbortSignal): Promise<LoginTrial> {
    const trial = await this.#try(registry, credential, signal);
    await this.#secrets.set(registry, credential);
    this.#forget(registry);
    return trial;
  }

  /**
   * Forgets the login that the user gave here.
   * @returns true if another program's login is used from now on.
   */
  async signOut(registry: string): Promise<boolean> {
    await this.#secrets.delete(registry);
    this.#forget(registry);
    return (await this.#logins().get(registry)) !== undefined;
  }

  dispose(): void {
    clearTimeout(this.#preload);
    this.#subscription.dispose();
    this.#loginChanged.dispose();
    void this.#sender.close();
    void this.#client?.close();
  }

  async #try(registry: string, credential: Credential, signal: AbortSignal): Promise<LoginTrial> {
    let wasAsked = false;
    let wasRefused = false;
    const only: CredentialSource = {
      get: async (host) => {
        if (host !== registry) return undefined;
        wasAsked = true;
        return credential;
      },
    };
    const client = this.#makeClient(only, () => {
      wasRefused = true;
    });
    await client.ping(registry, { signal });
    if (!wasRefused) return { wasAsked };
    // The registry then continues without a login, which is not a sign-in.
    const message = t(
      'Wrong user name or password for {0}. Many registries expect an access token instead of the password.',
      registry,
    );
    throw new ModelError('auth-denied', message, { registry });
  }

  #makeClient(
    credentials: CredentialSource,
    onLoginRefused: RegistryClientOptions['onLoginRefused'],
  ): RegistryClient {
    const { userAgent, log, manifestEntry } = this.#options;
    return new RegistryClient({
      manifestEntry,
      sender: new RecordingSender(this.#sender, this.#onExchange),
      credentials,
      onLoginRefused,
      mirrors: mirrorsOf,
      plainHttp: isInsecure,
      userAgent,
      log,
    });
  }

  #logins(): CredentialChain {
    const { log, otherLogins = (own, log) => openCredentials({ own, log }) } = this.#options;
    this.#credentials ??= otherLogins(this.#secrets, log);
    return this.#credentials;
  }

  #forget(registry: string): void {
    this.#credentials?.forget();
    this.#client?.forgetLogin(registry);
    this.#loginChanged.fire(registry);
  }

  /** Warns the user of an expired login, which does not stop a public pull. */
  #warnOfRefusal(registry: string): void {
    this.#credentials?.forget();
    const message = t(
      '{0} refused the saved login, so only public models are accessible. Sign in again.',
      registry,
    );
    void offer(showWarning, message, signIn(registry));
  }
}
