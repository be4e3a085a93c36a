/** The panel with the page about disk use: one in a window, kept true while models come and go. */
import type * as vscode from 'vscode';
import { t, translationsInUse } from '../../base/l10n.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { describeForLog } from '../window/errors.ts';
import { type OpenPage, openPage } from '../window/page.ts';
import { type DiskServices, gatherDiskFacts, gatherTools } from './gather.ts';
import { oneAtATime } from './oneAtATime.ts';
import type { ToolUse } from './page.ts';

/** The commands that links of the page run. */
const PAGE_COMMANDS = [
  'ociModels.disk.show',
  'ociModels.model.delete',
  'ociModels.download.remove',
] as const satisfies readonly CommandId[];

/** Shows the page. */
export class DiskUsePanel implements vscode.Disposable {
  readonly #services: DiskServices;
  readonly #ends: readonly (() => void)[];
  #page: OpenPage | undefined;
  #tools: readonly ToolUse[] | undefined;
  /** Many models may come or go while the disk is read, which takes seconds with thousands of them. */
  readonly #draw = oneAtATime(() => this.#drawNow());

  constructor(services: DiskServices) {
    this.#services = services;
    const { models } = services;
    const follow = (): void => void this.#refresh();
    this.#ends = [models.onDidChangeModels(follow), models.onDidChangeDownloads(follow)];
  }

  /**
   * Opens the page, or reads the disk again for the one that is open.
   * @throws ModelError `store-error` if the store cannot be read.
   */
  async show(): Promise<void> {
    const isNew = this.#page === undefined;
    this.#page ??= this.#open();
    this.#page.reveal();
    this.#tools = undefined;
    try {
      await this.#draw();
    } catch (error) {
      // An empty page would say less than the notification.
      if (isNew) this.#page?.dispose();
      throw error;
    }
    // A page without the models of other tools is worth showing.
    this.#tools = await gatherTools(this.#services).catch((error: unknown) => {
      this.#services.log.warn(`Models of other tools were not found. ${describeForLog(error)}`);
      return [];
    });
    await this.#draw();
  }

  dispose(): void {
    for (const end of this.#ends) end();
    this.#page?.dispose();
  }

  #open(): OpenPage {
    return openPage('ociModels.diskUse', t('Disk Use'), PAGE_COMMANDS, () => {
      this.#page = undefined;
    });
  }

  /** Draws the page again after a change that nobody asked the page for. */
  async #refresh(): Promise<void> {
    if (this.#page === undefined) return;
    await this.#draw().catch((error: unknown) =>
      this.#services.log.warn(`The disk use was not read again. ${describeForLog(error)}`),
    );
  }

  async #drawNow(): Promise<void> {
    // It may have been closed while another look was waited for.
    if (this.#page === undefined) return;
    const facts = await gatherDiskFacts(this.#services);
    // Not needed at start-up, and so in a bundle of its own.
    const { diskPage, useTranslations } = await import('./page.ts');
    useTranslations(translationsInUse());
    this.#page?.show(diskPage({ ...facts, tools: this.#tools }));
  }
}
