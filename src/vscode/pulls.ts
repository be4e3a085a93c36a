/** Pulls models with a notification: progress, cancellation, and buttons for the next step. */
import { isImported } from '../adopt/index.ts';
import { isModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { type Localized, t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import type { Inspection, Inspector } from '../catalog/index.ts';
import { listDownloads } from '../library/index.ts';
import {
  familiarReference,
  formatReference,
  ManifestChoiceError,
  type Reference,
  type RegistryClient,
} from '../oci/index.ts';
import type { ModelStore } from '../store/index.ts';
import {
  type BlobMover,
  formatPullProgress,
  type LocalContent,
  type PullProgress,
  type PullResult,
  pullModel,
} from '../transfer/index.ts';
import { PullQueue } from './pullQueue.ts';
import { type ArchitectureQuery, whyNotHere } from './runnability.ts';
import { type Action, chat, importModels, offer } from './window/buttons.ts';
import { abortSignalOf } from './window/cancellation.ts';
import { describeForLog, showError } from './window/errors.ts';
import { pickOne, showBriefly, showInfo, showWarning, withProgress } from './window/notify.ts';
import { barProgress, fractionOf, type Progress } from './window/progressBar.ts';
import { settings } from './window/settings.ts';

/** Everything that a pull needs. */
export interface PullServices {
  readonly store: () => Promise<ModelStore>;
  readonly registry: () => RegistryClient;
  /** Transfers the bytes into the store. */
  readonly mover: BlobMover;
  /** Content that other programs on this machine have. */
  readonly localContent: LocalContent;
  /** Inspects a model before any of it is downloaded. */
  readonly inspector: Inspector;
  readonly architectures: ArchitectureQuery;
  /** Returns why a stored model does not run here, or undefined if it does. */
  readonly reasonOf: (reference: Reference) => Promise<string | undefined>;
  /** Called when a model is in the store, before the user is told. */
  readonly onPulled: () => void;
  /** Returns further buttons for the message that a model was pulled. Defaults to none. */
  readonly furtherSteps?: (() => readonly Action[]) | undefined;
  /** The order of pulls. Defaults to one of its own. */
  readonly queue?: PullQueue | undefined;
  readonly log: Log;
}

/** Longest time that a pull waits for an inspection, in milliseconds. */
const LOOK_MS = 15_000;

/** Options of a pull. */
export interface PullWish {
  /** True to pull a model even if it does not run here, because the user was told or asked for it before. */
  readonly anyway?: boolean;
}

/** A model that is pulled with others. */
export interface WantedModel {
  readonly reference: Reference;
  /** Approximate size, by which the progress of all is told. */
  readonly bytes: number;
}

/** The reason to ask before a model is pulled. */
interface Flaw {
  readonly reason: string;
  /** Size of the model. */
  readonly bytes: number;
}

/** The pulls of this window. */
export class Pulls {
  readonly #services: PullServices;
  readonly #queue: PullQueue;
  readonly #running = new Map<string, Promise<PullResult | undefined>>();
  /** Ends the transfers that run, by the full name of their model. */
  readonly #transfers = new Map<string, AbortController>();

  constructor(services: PullServices) {
    this.#services = services;
    this.#queue = services.queue ?? new PullQueue();
  }

  /**
   * Pulls a model and shows the progress. Joins a pull of the same reference that is already running. A model that is
   * known not to run here is pulled only if the user wants it anyway.
   * @returns undefined if the pull failed, was canceled or does not run here, all of which the user has seen.
   */
  pull(reference: Reference, options: PullWish = {}): Promise<PullResult | undefined> {
    if (isImported(reference)) return this.#refuseImported(reference);
    const id = formatReference(reference);
    const running = this.#running.get(id);
    if (running !== undefined) {
      const name = familiarReference(reference);
      void showInfo(
        this.#queue.has(reference)
          ? t('{0} already waits for other downloads.', name)
          : t('{0} is already being pulled.', name),
      );
      return running;
    }
    const pull = this.#pullVisibly(reference, options)
      .finally(() => this.#running.delete(id))
      .then((result) => {
        if (result === undefined || !('reason' in result)) return result;
        this.#offerAnyway(reference, result);
        return undefined;
      });
    this.#running.set(id, pull);
    return pull;
  }

  /** Pulls models in this order, each as {@link pull} does. A failure is shown and does not stop the others. */
  async pullEach(references: readonly Reference[]): Promise<void> {
    await Promise.all(references.map((reference) => this.pull(reference)));
  }

  /**
   * Stops the transfer of a model as Cancel does, or takes it out of the queue: what came is kept. Does nothing if it is
   * not running here.
   */
  pause(reference: Reference): void {
    this.#queue.leave(reference);
    this.#transfers.get(formatReference(reference))?.abort();
  }

  /**
   * Pulls several models one after another, with one notification. Nothing is asked or announced: the user has seen
   * their names and sizes.
   * @returns false if one failed or was canceled, which the user has seen. What was pulled until then stays.
   */
  async pullTogether(wanted: readonly WantedModel[], title: Localized): Promise<boolean> {
    const { log, onPulled } = this.#services;
    const totalBytes = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
    try {
      await withProgress(title, async (progress, token) => {
        const show = barProgress(progress);
        let before = 0;
        for (const [index, { reference, bytes }] of wanted.entries()) {
          const name = t('{0} ({1} of {2})', familiarReference(reference), index + 1, wanted.length);
          const onProgress = (state: PullProgress): void => {
            const done = before + bytes * fractionOf(state.doneBytes, state.totalBytes);
            show(fractionOf(done, totalBytes), t('{0}: {1}', name, formatPullProgress(state)));
          };
          const signal = abortSignalOf(token);
          const onWait = (): void =>
            show(fractionOf(before, totalBytes), t('{0}: waits for other downloads', name));
          await this.#join(reference, () =>
            this.#queue.run(reference, () => this.#run(reference, onProgress, signal), { signal, onWait }),
          );
          onPulled();
          before += bytes;
        }
      });
      return true;
    } catch (error) {
      showError(error, log, () => void this.pullTogether(wanted, title));
      return false;
    }
  }

  /**
   * Waits for a pull of the model that runs already, or starts one that others wait for, so that no model is pulled, or
   * waits in the queue, twice.
   */
  async #join(reference: Reference, start: () => Promise<PullResult>): Promise<void> {
    const id = formatReference(reference);
    for (let other = this.#running.get(id); other !== undefined; other = this.#running.get(id))
      if ((await other) !== undefined) return;
    const run = start();
    // A caller that joins sees nothing of a failure, which is shown once.
    const joined = run
      .catch(() => undefined)
      .finally(() => {
        this.#running.delete(id);
      });
    this.#running.set(id, joined);
    await run;
  }

  /** Refuses to pull a model that was imported from a file, because no registry has it. */
  async #refuseImported(reference: Reference): Promise<undefined> {
    const message = t(
      '{0} was imported from a file on this machine and is not in a registry. If it is damaged, import it again.',
      familiarReference(reference),
    );
    await offer(showWarning, message, importModels());
    return undefined;
  }

  async #pullVisibly(reference: Reference, options: PullWish): Promise<PullResult | Flaw | undefined> {
    const name = familiarReference(reference);
    const { log } = this.#services;
    log.info(`Pulling ${formatReference(reference)}.`);
    try {
      const pull = () =>
        withProgress(t('Pulling {0}', name), async (progress, token) => {
          const signal = abortSignalOf(token);
          const flaw = options.anyway === true ? undefined : await this.#flawOf(reference, signal);
          return flaw ?? this.#run(reference, shownBy(progress), signal);
        });
      const onWait = (): void => showBriefly(t('{0} waits for other downloads.', name));
      const result = await this.#queue.run(reference, pull, { onWait });
      if ('reason' in result) return result;
      this.#services.onPulled();
      announce(result, name, await this.#reasonOf(result), this.#services.furtherSteps?.());
      log.info(
        `Pulled ${formatReference(result.reference)} (${result.manifestDigest}): ` +
          `${result.fetchedBytes} of ${result.totalBytes} bytes fetched in ${Math.round(result.durationMs)} ms.`,
      );
      return result;
    } catch (error) {
      if (error instanceof ManifestChoiceError) return this.#pullChosen(reference, error);
      if (isModelError(error, 'cancelled')) {
        log.info(`The pull of ${formatReference(reference)} was canceled.`);
        await this.#tellKept(reference);
      }
      showError(error, log, () => void this.pull(reference, options));
      return undefined;
    }
  }

  /** Says for a moment how much of a canceled pull is kept; the row of the download goes on saying it. */
  async #tellKept(reference: Reference): Promise<void> {
    const id = formatReference(reference);
    const kept = (await listDownloads(await this.#services.store())).find((download) => download.id === id);
    if (kept === undefined || kept.doneBytes === 0) return;
    showBriefly(t('{0} is paused; {1} are kept.', familiarReference(reference), formatBytes(kept.doneBytes)));
  }

  /**
   * Returns a known reason against a pull: downloading a model only to refuse it, or one that cannot be used, costs
   * gigabytes for nothing. A model whose reference is stored was wanted before.
   * @throws ModelError as the pull itself would.
   */
  async #flawOf(reference: Reference, signal: AbortSignal): Promise<Flaw | undefined> {
    const { store, architectures } = this.#services;
    const opened = await store();
    if ((await opened.getReference(reference)) !== undefined) return undefined;
    // A download that was started here or in another window was inspected then, so it resumes at once.
    const id = formatReference(reference);
    if ((await listDownloads(opened)).some((download) => download.id === id)) return undefined;
    const inspection = await this.#look(reference, signal);
    if (inspection === undefined) return undefined;
    const reason = await whyNotHere(inspection, architectures);
    return reason === undefined ? undefined : { reason, bytes: inspection.artifact.totalBytes };
  }

  /** Inspects a model. Returns undefined if that takes too long, as with an archive over a slow connection. */
  async #look(reference: Reference, signal: AbortSignal): Promise<Inspection | undefined> {
    const { inspector, log } = this.#services;
    const limit = AbortSignal.timeout(LOOK_MS);
    try {
      return await inspector.inspect(reference, {
        extent: 'shape',
        signal: AbortSignal.any([signal, limit]),
      });
    } catch (error) {
      if (signal.aborted || !limit.aborted || !isModelError(error, 'cancelled')) throw error;
      log.info(
        `${formatReference(reference)} could not be inspected within ${LOOK_MS} ms; pulling it anyway.`,
      );
      return undefined;
    }
  }

  /** Offers to pull a model anyway, without waiting for the answer, so that an ignored question blocks nothing. */
  #offerAnyway(reference: Reference, { reason, bytes }: Flaw): void {
    const name = familiarReference(reference);
    this.#services.log.info(`${formatReference(reference)} was not pulled. ${reason}`);
    const anyway = {
      title: t('Pull Anyway'),
      // The button's handler does not wait for the pull.
      run: () => void this.pull(reference, { anyway: true }),
    };
    const message = t('{0} ({1}) was not pulled. {2}', name, formatBytes(bytes), reason);
    void offer(showWarning, message, anyway);
  }

  async #reasonOf({ artifact, reference }: PullResult): Promise<string | undefined> {
    if (artifact.reason !== undefined) return artifact.reason;
    try {
      return await this.#services.reasonOf(reference);
    } catch (error) {
      this.#services.log.warn(describeForLog(error));
      return undefined;
    }
  }

  /** Lets the user choose if the reference names several models. */
  async #pullChosen(
    reference: Reference,
    { choices, message }: ManifestChoiceError,
  ): Promise<PullResult | undefined> {
    this.#services.log.info(message);
    const chosen = await pickOne(
      choices.map(({ label, detail, digest }) => ({ label, detail, description: digest, digest })),
      {
        title: t('Pull {0}', familiarReference(reference)),
        placeHolder: t('This name stands for {0} models. Choose one.', choices.length),
        matchOnDescription: true,
        matchOnDetail: true,
        ignoreFocusOut: true,
      },
    );
    return chosen === undefined ? undefined : this.pull({ ...reference, digest: chosen.digest });
  }

  async #run(
    reference: Reference,
    onProgress: (state: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<PullResult> {
    const store = await this.#services.store();
    const registry = this.#services.registry();
    const { log, mover, localContent } = this.#services;
    const limits = settings.downloads();
    const id = formatReference(reference);
    const own = new AbortController();
    this.#transfers.set(id, own);
    try {
      return await pullModel(reference, {
        registry,
        store,
        mover,
        limits,
        localContent,
        signal: AbortSignal.any([signal, own.signal]),
        onProgress,
        log,
      });
    } finally {
      if (this.#transfers.get(id) === own) this.#transfers.delete(id);
    }
  }
}

function shownBy(progress: Progress): (state: PullProgress) => void {
  const show = barProgress(progress);
  return (state) => show(fractionOf(state.doneBytes, state.totalBytes), formatPullProgress(state));
}

function sentenceOf(result: PullResult, name: string): Localized {
  if (result.tools.length > 0) {
    const tools = result.tools.join(', ');
    return t('{0} was found in {1} on this machine and is ready to use.', name, tools);
  }
  return result.alreadyPresent || result.fetchedBytes === 0
    ? t('{0} is already on this machine. Nothing was downloaded.', name)
    : t('{0} was pulled and is ready to use.', name);
}

function announce(
  result: PullResult,
  name: string,
  reason: string | undefined,
  furtherSteps: readonly Action[] = [],
): void {
  if (reason !== undefined) {
    void offer(showInfo, t('{0} was pulled. {1}', name, reason), ...furtherSteps);
    return;
  }
  void offer(showInfo, sentenceOf(result, name), chat(formatReference(result.reference)), ...furtherSteps);
}
