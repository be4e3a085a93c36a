/**
 * Keeps the registry client of the download thread as long as the network settings stay the same, so that a pull reuses
 * the tokens and the connections of the previous one.
 */
import type { Log } from '../../base/log.ts';
import { type CredentialSource, type HttpSender, RegistryClient } from '../../oci/index.ts';
import { type Exchange, NetworkSender, RecordingSender } from '../../oci/network/index.ts';
import type { NetworkSnapshot } from './protocol.ts';

/** Parts of {@link Clients}. */
export interface ClientsOptions {
  readonly credentials: CredentialSource;
  readonly onLoginRefused: (registry: string) => void;
  readonly onExchange: (exchange: Exchange) => void;
  /** The editor's own networking. */
  readonly editor: HttpSender;
  /** Bytes of each connection's buffer. */
  readonly readBytes: number;
  readonly log: Log;
}

interface Kept {
  readonly key: string;
  readonly client: RegistryClient;
  readonly sender: HttpSender;
  users: number;
}

/** Returns a key of the settings that all registries share, and on which connections depend. */
function keyOf({ settings, preferEditor, userAgent }: NetworkSnapshot): string {
  return JSON.stringify({ settings, preferEditor, userAgent });
}

/** Keeps the client of the latest settings; older ones close with their last move. */
export class Clients {
  readonly #options: ClientsOptions;
  /** The latest settings for each registry. */
  readonly #registries = new Map<string, NetworkSnapshot>();
  readonly #inUse = new Set<Kept>();
  #newest: Kept | undefined;

  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  /** Runs `work` with the client for a registry. @param network the settings with which to reach it. */
  async use<Result>(
    registry: string,
    network: NetworkSnapshot,
    work: (client: RegistryClient) => Promise<Result>,
  ): Promise<Result> {
    this.#registries.set(registry, network);
    const kept = this.#clientFor(network);
    this.#inUse.add(kept);
    kept.users++;
    try {
      return await work(kept.client);
    } finally {
      kept.users--;
      await this.#release(kept);
    }
  }

  /** Forgets the tokens of a registry. */
  forgetLogin(registry: string): void {
    for (const { client } of new Set([...this.#inUse, ...this.#kept()])) client.forgetLogin(registry);
  }

  #kept(): Kept[] {
    return this.#newest === undefined ? [] : [this.#newest];
  }

  #clientFor(network: NetworkSnapshot): Kept {
    const key = keyOf(network);
    const before = this.#newest;
    if (before?.key === key) return before;
    const newest = this.#open(key, network);
    this.#newest = newest;
    if (before !== undefined) void this.#release(before);
    return newest;
  }

  async #release(kept: Kept): Promise<void> {
    if (kept.users > 0) return;
    this.#inUse.delete(kept);
    if (kept !== this.#newest) await kept.sender.close();
  }

  #open(key: string, { settings, preferEditor, userAgent }: NetworkSnapshot): Kept {
    const { credentials, onLoginRefused, onExchange, editor, readBytes, log } = this.#options;
    const network = new NetworkSender({
      settings: () => settings,
      preferEditor: () => preferEditor,
      editor,
      readBytes,
      log,
    });
    const sender = new RecordingSender(network, onExchange);
    const client = new RegistryClient({
      sender,
      credentials,
      onLoginRefused,
      mirrors: (registry) => this.#registries.get(registry)?.mirrors ?? [],
      plainHttp: (registry) => this.#registries.get(registry)?.plainHttp ?? false,
      userAgent,
      log,
    });
    return { key, client, sender, users: 0 };
  }
}
