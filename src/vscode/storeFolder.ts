/** Opens the folder of the models for this window, and offers to move them when the setting changes. */
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
import { messageOf, showError } from './window/errors.ts';
import { showFailure, showInfo, showWarning, withProgress } from './window/notify.ts';
import { byteProgress } from './window/progressBar.ts';
import { settings } from './window/settings.ts';

/** Options of {@link StoreFolder}. */
export interface StoreFolderOptions {
  /** The extension's own folder, used if the setting is empty. */
  readonly ownFolder: string;
  readonly hashFile: HashFile;
  /** Unloads all models of this window, because Windows cannot move a file that is in use. */
  readonly unloadAll: () => Promise<void>;
  /** Called when the window sees other models than before. */
  readonly onOpened: () => void;
  readonly log: Log;
}

/** Opens the store on first use. */
export class StoreFolder implements vscode.Disposable {
  readonly #options: StoreFolderOptions;
  readonly #subscription: vscode.Disposable;
  /** Folders in use by something else that the user has been told about. */
  readonly #told = new Set<string>();
  #opening: Promise<ModelStore> | undefined;
  /** Value of the setting when the store was opened, or when this window started. */
  #setting: string;

  constructor(options: StoreFolderOptions) {
    this.#options = options;
    this.#setting = settings.storePathText();
    this.#subscription = settings.onDidChange(['storePath'], () => void this.#changed());
  }

  /** Returns the store of this window. A failure is not cached, so the next call tries again. */
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

  /** Offers a subfolder, because a folder with other files in it is never used itself. */
  async #offerSubfolder(error: FolderInUseError): Promise<void> {
    const { suggestedFolder } = error;
    if (this.#told.has(suggestedFolder)) return;
    this.#told.add(suggestedFolder);
    const use: Action = {
      title: t('Use Subfolder'),
      run: () => settings.setStorePath(suggestedFolder),
    };
    try {
      await offer(showFailure, messageOf(error), use, openSettings('storePath'));
    } finally {
      this.#told.delete(suggestedFolder);
    }
  }

  /** Handles a new setting. The store is opened once per window, so another folder takes effect after a reload. */
  async #changed(): Promise<void> {
    const before = this.#setting;
    if (settings.storePathText() === before) return;
    if (this.#opening === undefined) {
      // Nothing has been opened yet, or the folder could not be opened.
      this.#options.onOpened();
      return;
    }
    try {
      const old = await this.#opening;
      const folder = this.#folder();
      // This is another name for the folder in use: nothing has to be moved.
      if ((await relationOf(folder, old.root)) === 'same') return;
      const count = (await old.references()).length;
      // The user's other windows are notified of the change too, and should not ask the same question.
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
    const message =
      count === 1
        ? t('Move the model in {0} to {1}, or start with an empty folder?', old.root, folder)
        : t('Move the {0} models in {1} to {2}, or start with an empty folder?', count, old.root, folder);
    const chosen = await showInfo(message, move, empty, keep);
    if (chosen === keep) await settings.setStorePath(before);
    if (chosen === empty) await offerReload();
    if (chosen === move) await this.#move(old, folder);
  }

  async #move(old: ModelStore, folder: string): Promise<void> {
    const target = await this.#openAt(folder).catch((error: unknown) => {
      // This error has already been shown with its own message.
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

  /** Resumes a move that was left unfinished by a closed window or a killed process. */
  async #goOnMoving(store: ModelStore): Promise<void> {
    const { hashFile, log } = this.#options;
    try {
      const from = await pendingMove(store);
      if (from === undefined) return;
      // The old folder is now another name for this one.
      if ((await relationOf(from, store.root)) === 'same') return await endMove(store);
      if (!(await isStore(from))) {
        log.warn(
          `Models remain to be moved from ${from}, which is missing; the move resumes when it is back.`,
        );
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
