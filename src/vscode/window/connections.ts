/** The connections of this window to registries: one client, its logins and its network. */
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
  type Mirror,
  preloadNetwork,
  RegistryClient,
  type RegistryClientOptions,
} from '../../oci/index.ts';
import { FetchSender, NetworkSender } from '../../oci/network/index.ts';
import type { WorkerMoverOptions } from '../../transfer/index.ts';
import { offer, signIn } from './buttons.ts';
import { showWarning } from './notify.ts';
import { settings } from './settings.ts';

/** Milliseconds after the start, when the editor has done what it has to do then. */
const PRELOAD_MS = 5_000;

/** What connections need of the editor. */
export interface ConnectionOptions {
  /** The editor's secret storage. */
  readonly secrets: SecretStore;
  /** How the client calls itself. */
  readonly userAgent: string;
  readonly log: Log;
  /** Absolute path of the bundle of manifestMain.ts. */
  readonly manifestEntry?: string | undefined;
  /** The logins of other programs; those of this machine where absent. */
  readonly otherLogins?: ((own: CredentialSource, log: Log) => CredentialChain) | undefined;
}

/** What a login that was tried came to. */
export interface LoginTrial {
  /** Whether the registry has asked for it; a registry that is open to all cannot tell a wrong one. */
  readonly wasAsked: boolean;
}

function mirrorsOf(registry: string): Mirror[] {
  return settings.mirrors(registry).map((address) => ({ address }));
}

function isInsecure(registry: string): boolean {
  return settings.insecureRegistries().includes(registry);
}

/** Makes the client with the first use, and again never: it takes new settings and logins as they come. */
export class Connections implements vscode.Disposable {
  readonly #options: ConnectionOptions;
  readonly #secrets: SecretSource;
  /** VS Code has put its own networking behind it. */
  readonly #editor = new FetchSender(() => globalThis.fetch);
  readonly #sender: NetworkSender;
  readonly #subscription: vscode.Disposable;
  readonly #loginChanged = new vscode.EventEmitter<string>();
  readonly #preload = setTimeout(() => void preloadNetwork(), PRELOAD_MS);
  #credentials: CredentialChain | undefined;
  #client: RegistryClient | undefined;

  constructor(options: ConnectionOptions) {
    const { secrets, log } = options;
    this.#options = options;
    this.#secrets = new SecretSource(secrets);
    this.#sender = new NetworkSender({
      settings: () => settings.network(),
      preferEditor: () => settings.prefersEditorNetwork(),
      editor: this.#editor,
      log,
    });
    this.#subscription = settings.onDidChangeNetwork(() => this.#sender.reset());
  }

  /** The client for everything but the test of a login. */
  client(): RegistryClient {
    this.#client ??= this.#makeClient(this.#logins(), (registry) => this.#warnOfRefusal(registry));
    return this.#client;
  }

  /** What a thread needs to reach the same registries with the same logins. */
  forThread(): Pick<
    WorkerMoverOptions,
    'network' | 'credentials' | 'onLoginRefused' | 'onDidChangeLogin' | 'editor'
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
      onDidChangeLogin: this.#loginChanged.event,
      editor: this.#editor,
    };
  }

  /** The registries that the user has signed in to here. */
  async signedIn(): Promise<string[]> {
    return this.#secrets.registries();
  }

  /**
   * Tries a login with the registry, and keeps it in the secret storage where it is good.
   * @throws ModelError `auth-denied` where the registry refuses it, and all others of a request.
   */
  async signIn(registry: string, credential: Credential, signal: AbortSignal): Promise<LoginTrial> {
    const trial = await this.#try(registry, credential, signal);
    await this.#secrets.set(registry, credential);
    this.#forget(registry);
    return trial;
  }

  /**
   * Forgets the login that the user gave here.
   * @returns whether another program's login is used from now on.
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
    // The registry goes on without a login then, which is no sign-in.
    const message = t(
      '{0} refused the login. Check the user name and the password; many registries want an access token in its place.',
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
      sender: this.#sender,
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

  /** A login that has ended does not stop a public pull, but the user should know of it. */
  #warnOfRefusal(registry: string): void {
    this.#credentials?.forget();
    const message = t(
      'The login for {0} was refused, so only what is public there can be reached. Sign in again.',
      registry,
    );
    void offer(showWarning, message, signIn(registry));
  }
}
