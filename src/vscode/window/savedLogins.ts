/** The registries that the user has signed in to here, known at once for rows, menus and the Palette. */
import * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import { canonicalRegistry } from '../../oci/index.ts';
import { SIGNED_IN } from '../commands/when.ts';
import type { Connections } from './connections.ts';
import { describeForLog } from './errors.ts';

/** Everything that is followed. */
export interface LoginSources {
  readonly connections: Pick<Connections, 'signedIn' | 'onDidChangeLogin'>;
  /** The editor's secret storage, which tells of logins in other windows. */
  readonly secrets: { readonly onDidChange: vscode.Event<unknown> };
  readonly log: Log;
}

export class SavedLogins implements vscode.Disposable {
  readonly #sources: LoginSources;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  #hosts: ReadonlySet<string> = new Set();
  #latest = 0;

  readonly onDidChange = this.#changed.event;

  constructor(sources: LoginSources) {
    const { connections, secrets } = sources;
    this.#sources = sources;
    const follow = (): void => void this.refresh();
    this.#subscription = vscode.Disposable.from(
      connections.onDidChangeLogin(follow),
      secrets.onDidChange(follow),
    );
  }

  has(registry: string): boolean {
    return this.#hosts.has(canonicalRegistry(registry));
  }

  /** Reads the names of the registries again. Those that cannot be read leave what is known as it is. */
  async refresh(): Promise<void> {
    const { connections, log } = this.#sources;
    const current = ++this.#latest;
    try {
      const hosts = new Set((await connections.signedIn()).map(canonicalRegistry));
      const isSame = hosts.size === this.#hosts.size && [...hosts].every((host) => this.#hosts.has(host));
      if (current !== this.#latest || isSame) return;
      this.#hosts = hosts;
    } catch (error) {
      log.debug(`The saved logins were not read. ${describeForLog(error)}`);
      return;
    }
    void vscode.commands.executeCommand('setContext', SIGNED_IN, this.#hosts.size > 0);
    this.#changed.fire();
  }

  dispose(): void {
    this.#latest++;
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}
