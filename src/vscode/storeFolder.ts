/** The folder of the models in this window: opening it, and what is offered when another one is chosen. */
import * as vscode from 'vscode';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import {
  endMove,
  FolderInUseError,
  type HashFile,
  isStore,
  ModelStore,
  type MoveReport,
  moveModels,
  pendingMove,
  relationOf,
} from '../store/index.ts';
import { type Action, offer, openSettings, reloadWindow, showLog } from './window/buttons.ts';
import { abortSignalOf } from './window/cancellation.ts';
import { showError } from './window/errors.ts';
import { showFailure, showInfo, showWarning, withProgress } from './window/notify.ts';
import { byteProgress } from './window/progressBar.ts';
import { settings } from './window/settings.ts';

export interface StoreFolderOptions {
  /** The extension's own folder, for an empty setting. */
  readonly ownFolder: string;
  readonly hashFile: HashFile;
  /** Lets go of all models of this window: on Windows a file that is in use cannot be moved. */
  readonly unloadAll: () => Promise<void>;
  /** The window sees other models than before. */
  readonly onOpened: () => void;
  readonly log: Log;
}

/** Opens the store at the first use. */
export class StoreFolder implements vscode.Disposable {
  readonly #options: StoreFolderOptions;
  readonly #subscription: vscode.Disposable;
  /** Folders in use that were told of. */
  readonly #told = new Set<string>();
  #opening: Promise<ModelStore> | undefined;
  /** What the setting was when the store was opened, or when this window began. */
  #setting: string;

  constructor(options: StoreFolderOptions) {
    this.#options = options;
    this.#setting = settings.storePathText();
    this.#subscription = settings.onDidChange(['storePath'], () => void this.#changed());
  }

  /** The store of this window; a failure is not kept, so that the next call tries again. */
  readonly open = (): Promise<ModelStore> => {
    const opening = this.#opening ?? this.#open();
    this.#opening = opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  };

  dispose(): void {
    this.#subscription.dispose();
  }

  async #open(): Promise<ModelStore> {
    this.#setting = settings.storePathText();
    const store = await this.#openAt(this.#folder());
    void this.#goOnMoving(store);
    return store;
  }

  #folder(): string {
    return settings.storePath() ?? this.#options.ownFolder;
  }

  async #openAt(root: string): Promise<ModelStore> {
    const { hashFile, log } = this.#options;
    try {
      return await ModelStore.open(root, { hashFile, log });
    } catch (error) {
      if (error instanceof FolderInUseError) void this.#offerSubfolder(error);
      throw error;
    }
  }

  /** A folder with other files in it is never used itself. */
  async #offerSubfolder({ message, suggestedFolder }: FolderInUseError): Promise<void> {
    if (this.#told.has(suggestedFolder)) return;
    this.#told.add(suggestedFolder);
    const use: Action = {
      title: t('Use Subfolder'),
      run: () => settings.setStorePath(suggestedFolder),
    };
    try {
      await offer(showFailure, message, use, openSettings('storePath'));
    } finally {
      this.#told.delete(suggestedFolder);
    }
  }

  /** The store is opened once for each window, so another folder counts from the next one on. */
  async #changed(): Promise<void> {
    const before = this.#setting;
    if (settings.storePathText() === before) return;
    if (this.#opening === undefined) {
      // Nothing was opened yet, or the folder could not be.
      this.#options.onOpened();
      return;
    }
    try {
      const old = await this.#opening;
      const folder = this.#folder();
      // Another name of the folder that is in use: all is there already.
      if ((await relationOf(folder, old.root)) === 'same') return;
      const count = (await old.references()).length;
      // Other windows of this person hear of the change too, and are not to ask the same.
      if (count === 0 || !vscode.window.state.focused) return await offerReload();
      await this.#offerMove({ old, folder, count, before });
    } catch (error) {
      showError(error, this.#options.log);
    }
  }

  async #offerMove(change: {
    readonly old: ModelStore;
    readonly folder: string;
    readonly count: number;
    readonly before: string;
  }): Promise<void> {
    const { old, folder, count, before } = change;
    const move = t('Move Models');
    const empty = t('Start Empty');
    const keep = t('Keep Old Folder');
    const message = t(
      'Move what is in {1} (models: {0}) to {2}, or start there without it?',
      count,
      old.root,
      folder,
    );
    const chosen = await showInfo(message, move, empty, keep);
    if (chosen === keep) await settings.setStorePath(before);
    if (chosen === empty) await offerReload();
    if (chosen === move) await this.#move(old, folder);
  }

  async #move(old: ModelStore, folder: string): Promise<void> {
    const target = await this.#openAt(folder).catch((error: unknown) => {
      // That has a message of its own.
      if (error instanceof FolderInUseError) return undefined;
      throw error;
    });
    if (target === undefined) return;
    try {
      await this.#options.unloadAll();
      const report = await this.#moveWithProgress(old, target);
      this.#options.onOpened();
      await this.#tellKept(report, old);
      await offerReload(t('Models moved: {0}. Reload the window to use the new folder.', report.moved));
    } finally {
      target.dispose();
    }
  }

  /** What a window that was closed, or a process that was killed, left undone. */
  async #goOnMoving(store: ModelStore): Promise<void> {
    const { hashFile, log } = this.#options;
    try {
      const from = await pendingMove(store);
      if (from === undefined) return;
      // The old folder became another name of this one.
      if ((await relationOf(from, store.root)) === 'same') return await endMove(store);
      if (!(await isStore(from))) {
        log.warn(`Models are still to be moved from ${from}, which is not there; this goes on when it is.`);
        return;
      }
      const old = await ModelStore.open(from, { hashFile, log });
      try {
        await this.#tellKept(await this.#moveWithProgress(old, store), old);
        this.#options.onOpened();
      } finally {
        old.dispose();
      }
    } catch (error) {
      showError(error, log);
    }
  }

  async #moveWithProgress(old: ModelStore, target: ModelStore): Promise<MoveReport> {
    const { log } = this.#options;
    return withProgress(t('Moving models to {0}', target.root), (progress, token) =>
      moveModels(old, target, { signal: abortSignalOf(token), onProgress: byteProgress(progress), log }),
    );
  }

  async #tellKept({ kept }: MoveReport, old: ModelStore): Promise<void> {
    if (kept.length === 0) return;
    const message = t('Models that stay in {1}: {0}. The log has the reasons.', kept.length, old.root);
    await offer(showWarning, message, showLog());
  }
}

async function offerReload(
  message = t('Reload the window to use the new folder. Models in the old one stay there.'),
): Promise<void> {
  await offer(showInfo, message, reloadWindow());
}
