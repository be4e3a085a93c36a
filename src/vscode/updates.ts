/** Checks for newer versions of pulled models: when the user asks, and once a day after the user agreed. */
import { isImported } from '../adopt/index.ts';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { repeat } from '../base/repeat.ts';
import { lookUpTag } from '../catalog/index.ts';
import type { RegistryClient } from '../oci/index.ts';
import type { CheckOptions, CheckReport, KnownUpdates, ListedModel, Session } from '../session/index.ts';
import type { ModelStore } from '../store/index.ts';
import type { Action } from './window/buttons.ts';
import { describeForLog } from './window/errors.ts';
import { showBriefly } from './window/notify.ts';
import type { Memory } from './window/recentTexts.ts';
import { settings } from './window/settings.ts';

/** Milliseconds after the start before a window first looks, because it has more urgent work until then. */
const DELAY_MS = 4 * 60 * 1000;
/** Milliseconds between two looks for models that are due. */
const LOOK_MS = 60 * 60 * 1000;
/** Milliseconds that the answer to the user's agreement is shown. */
const THANKS_MS = 8000;
/** Key of the memory that the daily check was offered. */
const OFFERED = 'updates.offered';

/** Everything that checks need. */
export interface UpdateServices {
  readonly models: Pick<Session, 'list'>;
  readonly known: KnownUpdates;
  readonly registry: () => RegistryClient;
  readonly store: () => Promise<Pick<ModelStore, 'hasBlob' | 'isUnpacked'>>;
  readonly memory: Memory;
  readonly log: Log;
}

/** The checks of this window. */
export class Updates {
  readonly #services: UpdateServices;

  constructor(services: UpdateServices) {
    this.#services = services;
  }

  /**
   * Asks the registries of all models that have a tag, except imported ones.
   * @throws ModelError `cancelled`, `store-error`.
   */
  async check(options: Omit<CheckOptions<ListedModel>, 'lookUp'> = {}): Promise<CheckReport<ListedModel>> {
    const { signal } = options;
    const { models, known, registry } = this.#services;
    const store = await this.#services.store();
    const listed = await models.list();
    await known.prune(listed);
    return known.check(
      listed.filter(({ reference }) => !isImported(reference)),
      {
        ...options,
        lookUp: (model, tag) =>
          lookUpTag(model, {
            ...tag,
            registry: registry(),
            isHere: async (content) =>
              (await store.hasBlob(content, signal)) || store.isUnpacked(content.digest),
          }),
      },
    );
  }

  /** Returns the button that agrees to daily checks, the first time that it is asked for; then nothing. */
  firstOffer(): readonly Action[] {
    const { memory, log } = this.#services;
    if (settings.checksForUpdates() || memory.get(OFFERED) === true) return [];
    memory.update(OFFERED, true).then(undefined, (error: unknown) => log.warn(describeForLog(error)));
    return [{ title: t('Check for Updates Daily'), run: () => this.#agree() }];
  }

  /** Checks daily while the user agrees to it. Failures are only logged, because nobody asked for this check. */
  startDaily(options = { delayMs: DELAY_MS, everyMs: LOOK_MS }): { dispose(): void } {
    return repeat((signal) => this.#look(signal), options);
  }

  async #agree(): Promise<void> {
    await settings.setChecksForUpdates(true);
    showBriefly(t('Registries will be asked once a day for newer versions of your models.'), THANKS_MS);
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (!settings.checksForUpdates()) return;
    const { log } = this.#services;
    try {
      const { checked, updates } = await this.check({ onlyDue: true, signal });
      if (checked > 0) log.info(`Checked ${checked} models for updates and found ${updates.length}.`);
    } catch (error) {
      if (!signal.aborted) log.warn(describeForLog(error));
    }
  }
}
