/** Pulling a model with a notification: progress, cancel, and what to do next. */
import { isImported } from '../adopt/index.ts';
import { isModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { t } from '../base/l10n.ts';
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
import { type ArchitectureQuery, whyNotHere } from './runnability.ts';
import { chat, importModels, offer } from './window/buttons.ts';
import { abortSignalOf } from './window/cancellation.ts';
import { describeForLog, showError } from './window/errors.ts';
import { pickOne, showInfo, showWarning, withProgress } from './window/notify.ts';
import { barProgress, fractionOf, type Progress } from './window/progressBar.ts';
import { settings } from './window/settings.ts';

/** What a pull needs. */
export interface PullServices {
  readonly store: () => Promise<ModelStore>;
  readonly registry: () => RegistryClient;
  /** Who brings the bytes into the store. */
  readonly mover: BlobMover;
  /** What other programs on this machine have. */
  readonly localContent: LocalContent;
  /** Looks at a model before anything of it is downloaded. */
  readonly inspector: Inspector;
  readonly architectures: ArchitectureQuery;
  /** Why a model that is in the store does not run here; undefined if it does. */
  readonly reasonOf: (reference: Reference) => Promise<string | undefined>;
  /** Called when a model came into the store, before the user hears of it. */
  readonly onPulled: () => void;
  readonly log: Log;
}

/** A pull waits for a look at the model at most this long, milliseconds. */
const LOOK_MS = 15_000;

/** How a pull is wanted. */
export interface PullWish {
  /** Also of a model that does not run here: the user was told, or asked for it before. */
  readonly anyway?: boolean;
}

/** Why a model is not pulled without a question. */
interface Flaw {
  readonly reason: string;
  /** Of the model. */
  readonly bytes: number;
}

/** The pulls of this window. */
export class Pulls {
  readonly #services: PullServices;
  readonly #running = new Map<string, Promise<PullResult | undefined>>();

  constructor(services: PullServices) {
    this.#services = services;
  }

  /**
   * Pulls a model and shows how it goes. A pull of the same reference that runs already is joined. One of which is
   * known that it does not run here is only pulled if the user wants it anyway.
   * @returns what was pulled; undefined if it failed, was cancelled or does not run here, which the user has seen.
   */
  pull(reference: Reference, options: PullWish = {}): Promise<PullResult | undefined> {
    if (isImported(reference)) return this.#refuseImported(reference);
    const id = formatReference(reference);
    const running = this.#running.get(id);
    if (running !== undefined) {
      void showInfo(t('{0} is being pulled already.', familiarReference(reference)));
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

  /** A model from a file of another program has no registry that could be asked. */
  async #refuseImported(reference: Reference): Promise<undefined> {
    const message = t(
      '{0} was imported from a file on this machine and is in no registry. Import it again where it is damaged.',
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
      const result = await withProgress(t('Pulling {0}', name), async (progress, token) => {
        const signal = abortSignalOf(token);
        const flaw = options.anyway === true ? undefined : await this.#flawOf(reference, signal);
        return flaw ?? this.#run(reference, progress, signal);
      });
      if ('reason' in result) return result;
      this.#services.onPulled();
      announce(result, name, await this.#reasonOf(result));
      log.info(
        `Pulled ${formatReference(result.reference)} (${result.manifestDigest}): ` +
          `${result.fetchedBytes} of ${result.totalBytes} bytes fetched in ${Math.round(result.durationMs)} ms.`,
      );
      return result;
    } catch (error) {
      if (error instanceof ManifestChoiceError) return this.#pullChosen(reference, error);
      showError(error, log, () => void this.pull(reference, options));
      return undefined;
    }
  }

  /**
   * What is known to be against a pull: what is downloaded to be refused, or cannot be used, costs gigabytes for
   * nothing. A model of this name that is here was wanted already.
   * @throws ModelError what the pull would throw, too.
   */
  async #flawOf(reference: Reference, signal: AbortSignal): Promise<Flaw | undefined> {
    const { store, architectures } = this.#services;
    const opened = await store();
    if ((await opened.getReference(reference)) !== undefined) return undefined;
    // On its way already, here or in another window, which looked: it goes on at once.
    const id = formatReference(reference);
    if ((await listDownloads(opened)).some((download) => download.id === id)) return undefined;
    const inspection = await this.#look(reference, signal);
    if (inspection === undefined) return undefined;
    const reason = await whyNotHere(inspection, architectures);
    return reason === undefined ? undefined : { reason, bytes: inspection.artifact.totalBytes };
  }

  /** A look into an archive over a slow line is not worth the wait: undefined then. */
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
      log.info(`What ${formatReference(reference)} is was not known within ${LOOK_MS} ms, and it is pulled.`);
      return undefined;
    }
  }

  /** Nobody waits for the answer: a question that is left alone holds no pull up. */
  #offerAnyway(reference: Reference, { reason, bytes }: Flaw): void {
    const name = familiarReference(reference);
    this.#services.log.info(`${formatReference(reference)} was not pulled. ${reason}`);
    const anyway = {
      title: t('Pull Anyway'),
      // Nobody waits for the pull here.
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

  /** Lets the user choose where the reference names several models. */
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

  async #run(reference: Reference, progress: Progress, signal: AbortSignal): Promise<PullResult> {
    const show = barProgress(progress);
    const onProgress = (state: PullProgress): void =>
      show(fractionOf(state.doneBytes, state.totalBytes), formatPullProgress(state));
    const store = await this.#services.store();
    const registry = this.#services.registry();
    const { log, mover, localContent } = this.#services;
    const limits = settings.downloads();
    return pullModel(reference, {
      registry,
      store,
      mover,
      limits,
      localContent,
      signal,
      onProgress,
      log,
    });
  }
}

function sentenceOf(result: PullResult, name: string): string {
  if (result.tools.length > 0) {
    const tools = result.tools.join(', ');
    return t('{0} was found in {1} on this machine and is ready to use.', name, tools);
  }
  return result.alreadyPresent || result.fetchedBytes === 0
    ? t('{0} is already on this machine. Nothing was downloaded.', name)
    : t('{0} was pulled and is ready to use.', name);
}

function announce(result: PullResult, name: string, reason: string | undefined): void {
  if (reason !== undefined) {
    void showInfo(t('{0} was pulled. {1}', name, reason));
    return;
  }
  void offer(showInfo, sentenceOf(result, name), chat(formatReference(result.reference)));
}
