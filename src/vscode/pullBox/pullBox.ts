/** The box that asks for the model to pull: any name or pasted command, or one of the rows below it. */
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { MachineMemory } from '../../gguf/index.ts';
import {
  familiarReference,
  parseTypedReference,
  type Reference,
  type RegistryClient,
  recognizeReference,
  sleep,
} from '../../oci/index.ts';
import { describeForLog } from '../window/errors.ts';
import { askInList } from '../window/notify.ts';
import type { RecentTexts } from '../window/recentTexts.ts';
import { clipboardRows, flawRow, hintRow, nameRows, type PullRow, typedRow } from './rows.ts';
import { type TagList, TagLists } from './tagLists.ts';
import { failureRow, listingRow, tagRows } from './tagRows.ts';

/** Milliseconds without a key after which a repository is taken as typed, and its tags are asked for. */
const PAUSE_MS = 600;

/** Everything that the box needs. */
export interface PullBoxServices {
  readonly recentNames: RecentTexts;
  /** The memory that models are judged by; asking for it may take a second. */
  readonly machine: { memory(): Promise<MachineMemory> };
  readonly connections: { client(): RegistryClient };
  /** Reads the clipboard, which is suggested if it names a model. Defaults to none. */
  readonly readClipboard?: (() => Thenable<string>) | undefined;
  readonly output: Log;
}

/**
 * Asks for the model to pull.
 * @param name is typed already.
 * @returns undefined if the box was closed.
 */
export async function askForModelToPull(
  services: PullBoxServices,
  name = '',
): Promise<Reference | undefined> {
  const box = new PullBox(services);
  const chosen = await askInList<PullRow, Reference>({
    title: t('Pull OCI Model'),
    value: name,
    placeHolder: t('A model name, for example smollm2:135M-Q4_0 or ghcr.io/org/model:tag'),
    fill: (text, show, signal) => void box.fill(text, show, signal),
    accept: (row, text) => (row === undefined ? typed(text) : row.chosen),
  });
  if (chosen !== undefined) await services.recentNames.add(familiarReference(chosen));
  return chosen;
}

/** Returns the reference that a text means, or undefined if it means none. */
function typed(text: string): Reference | undefined {
  try {
    return parseTypedReference(text);
  } catch {
    // The box says why, and stays open.
    return undefined;
  }
}

type Show = (rows: readonly PullRow[]) => void;

/** One opened box. */
class PullBox {
  readonly #services: PullBoxServices;
  readonly #tagLists: TagLists;
  #copied: Promise<Reference | undefined> | undefined;

  constructor(services: PullBoxServices) {
    this.#services = services;
    this.#tagLists = new TagLists(() => services.connections.client());
  }

  /** Shows the rows of a text. Never fails: what is not known is said in a row. */
  async fill(text: string, show: Show, signal: AbortSignal): Promise<void> {
    if (text.trim() === '') return this.#showNames(show);
    let reference: Reference;
    try {
      reference = parseTypedReference(text);
    } catch (error) {
      return show([flawRow(error)]);
    }
    show([typedRow(reference)]);
    // A digest names one version, whatever tags there are.
    if (reference.digest === undefined) await this.#showTags(text, reference, show, signal);
  }

  /** Shows names that can be chosen without typing. The clipboard is read when the box is open. */
  async #showNames(show: Show): Promise<void> {
    const names = this.#services.recentNames.all;
    let copied: Reference | undefined;
    let memory: MachineMemory | undefined;
    const draw = (): void => show([hintRow(), ...clipboardRows(copied), ...nameRows(names, memory)]);
    const judged = this.#judged((machine) => {
      memory = machine;
      draw();
    });
    this.#copied ??= this.#readClipboard();
    copied = await this.#copied;
    if (copied !== undefined) draw();
    await judged;
  }

  /** Returns the model that is named on the clipboard. Nothing of any other text is kept or logged. */
  async #readClipboard(): Promise<Reference | undefined> {
    try {
      const text = await this.#services.readClipboard?.();
      return text === undefined ? undefined : recognizeReference(text);
    } catch (error) {
      this.#services.output.debug(`The clipboard could not be read. ${describeForLog(error)}`);
      return undefined;
    }
  }

  async #showTags(text: string, reference: Reference, show: Show, signal: AbortSignal): Promise<void> {
    const list = await this.#list(reference, show, signal);
    if (list === undefined) return;
    // A name without a tag is completed with one.
    const { tag } = reference;
    const typedTag = tag !== undefined && text.trimEnd().endsWith(`:${tag}`) ? tag : undefined;
    await this.#judged((machine) =>
      show([typedRow(reference), ...tagRows(reference, typedTag, list, machine)]),
    );
  }

  /** Returns the tags of a repository; undefined if they could not be listed, or the text has changed. */
  async #list(reference: Reference, show: Show, signal: AbortSignal): Promise<TagList | undefined> {
    const known = this.#tagLists.known(reference);
    if (known !== undefined) return known;
    try {
      await sleep(PAUSE_MS, signal);
      show([typedRow(reference), listingRow(reference)]);
      return await this.#tagLists.load(reference, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#services.output.debug(`Tags were not listed. ${describeForLog(error)}`);
      show([typedRow(reference), failureRow(reference, error)]);
      return undefined;
    }
  }

  /** Shows rows at once, and again as soon as they can be judged. */
  async #judged(show: (machine: MachineMemory | undefined) => void): Promise<void> {
    const { machine, output } = this.#services;
    show(undefined);
    try {
      show(await machine.memory());
    } catch (error) {
      output.warn(`Models were not judged. ${describeForLog(error)}`);
    }
  }
}
