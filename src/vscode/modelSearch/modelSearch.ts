/**
 * The box of “Search Models…”: models of this machine, of the built-in list and of the registries in the view, while one
 * types, and those of Hugging Face when one asks for them.
 */
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import {
  type Catalogue,
  type JudgedMachine,
  type ListedRepository,
  parseModelQuery,
  parseRegistryEntry,
  type RegistryEntry,
  searchRepositories,
} from '../../catalog/index.ts';
import type { MachineMemory } from '../../gguf/index.ts';
import { type RegistryClient, sleep } from '../../oci/index.ts';
import type { ListedModel } from '../../session/index.ts';
import { judgedMachine } from '../modelFacts.ts';
import { describeForLog } from '../window/errors.ts';
import { askInList } from '../window/notify.ts';
import { settings } from '../window/settings.ts';
import {
  builtInRows,
  type FoundModel,
  type FoundRow,
  filterRows,
  type HostResult,
  HUB,
  hintRow,
  hostRows,
  localRows,
  nothingRow,
  searchHubRow,
  searchingRow,
  unknownFilterRows,
} from './rows.ts';

/** Milliseconds without a key after which registries are asked for their lists. */
const PAUSE_MS = 600;
/** Longest time that one host may take, in milliseconds. */
const HOST_MS = 15_000;

/** Everything that the search needs. */
export interface ModelSearchServices {
  readonly catalogue: Catalogue;
  readonly models: { list(): Promise<ListedModel[]> };
  readonly machine: { memory(): Promise<MachineMemory> };
  readonly connections: { client(): RegistryClient };
  readonly output: Log;
}

/** Lets the user find a model. @returns undefined if the box was closed. */
export function searchModels(services: ModelSearchServices): Promise<FoundModel | undefined> {
  const search = new ModelSearch(services);
  return askInList<FoundRow, FoundModel>({
    title: t('Search Models'),
    placeHolder: t('Words and filters, for example: qwen @code @fits <4gb'),
    fill: (text, show, signal) => void search.fill(text, show, signal),
    accept: (row, text, again) => {
      if (row?.filter !== undefined) again(withFilter(text, row.filter));
      if (row?.asksHub === true) {
        search.askHub(text);
        again(text);
      }
      return row?.found;
    },
  });
}

/** Adds a filter to a text, in place of the first part that looks like one and is none. */
function withFilter(text: string, filter: string): string {
  const [unknown] = parseModelQuery(text).unknown;
  const parts = text.split(/\s+/).filter((part) => part !== '');
  const at = parts.findIndex((part) => part.toLowerCase() === unknown);
  return `${(at < 0 ? [...parts, filter] : parts.with(at, filter)).join(' ')} `;
}

type Show = (rows: readonly FoundRow[]) => void;

/** One opened box. */
class ModelSearch {
  readonly #services: ModelSearchServices;
  /** Texts that Hugging Face may be asked for. */
  readonly #hubTexts = new Set<string>();
  #local: Promise<readonly ListedModel[]> | undefined;
  #machine: Promise<JudgedMachine | undefined> | undefined;

  constructor(services: ModelSearchServices) {
    this.#services = services;
  }

  /** Lets Hugging Face be asked for a text, because the user chose to. */
  askHub(text: string): void {
    this.#hubTexts.add(text.trim());
  }

  /** Shows the rows of a text. Never fails: what cannot be found out is said in a row. */
  async fill(text: string, show: Show, signal: AbortSignal): Promise<void> {
    const query = parseModelQuery(text);
    show([text.trim() === '' ? hintRow() : searchingRow()]);
    const [local, machine] = await Promise.all([this.#localModels(), this.#memory()]);
    const here = [...localRows(local, query, machine), ...builtInRows(query, machine)];
    if (text.trim() === '') return show([hintRow(), ...filterRows(), ...here]);
    // Nothing can be found, so nobody is asked.
    if (query.unknown.length > 0) return show(unknownFilterRows(query.unknown));
    const asksHub = this.#hubTexts.has(text.trim());
    const last = asksHub ? [] : searchHubRow(query);
    show([...here, searchingRow(), ...last]);
    try {
      if (!asksHub) await sleep(PAUSE_MS, signal);
    } catch {
      // The text has changed.
      return;
    }
    const asked = entries().map((entry) => this.#listed(entry, signal));
    const hub = asksHub ? [this.#searchHub(query.words.join(' '), signal)] : [];
    const rows = [...here, ...hostRows(await Promise.all([...asked, ...hub]), query, machine)];
    show([...(rows.length === 0 ? [nothingRow()] : rows), ...last]);
  }

  #listed(entry: RegistryEntry, signal: AbortSignal): Promise<HostResult> {
    return this.#resultOf(entry.host, signal, async (limited) => {
      const { items } = await this.#services.catalogue.repositories(entry, limited);
      return items;
    });
  }

  #searchHub(words: string, signal: AbortSignal): Promise<HostResult> {
    const registry = this.#services.connections.client();
    const apiUrls = settings.registryApis();
    return this.#resultOf(HUB, signal, (limited) =>
      searchRepositories(HUB, words, { registry, apiUrls, signal: limited }),
    );
  }

  async #resultOf(
    host: string,
    signal: AbortSignal,
    read: (limited: AbortSignal) => Promise<readonly ListedRepository[]>,
  ): Promise<HostResult> {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(HOST_MS)]);
      return { host, repositories: await read(limited) };
    } catch (error) {
      this.#services.output.debug(`${host} was not searched. ${describeForLog(error)}`);
      return { host, repositories: [], error };
    }
  }

  #localModels(): Promise<readonly ListedModel[]> {
    this.#local ??= this.#services.models.list().catch((error: unknown) => {
      this.#services.output.warn(`Local models were not searched. ${describeForLog(error)}`);
      return [];
    });
    return this.#local;
  }

  #memory(): Promise<JudgedMachine | undefined> {
    this.#machine ??= this.#services.machine
      .memory()
      .then(judgedMachine)
      .catch((error: unknown) => {
        this.#services.output.warn(`Models were not judged. ${describeForLog(error)}`);
        return undefined;
      });
    return this.#machine;
  }
}

/** The entries of the view, without those that cannot be read, whose flaw the view shows. */
function entries(): RegistryEntry[] {
  return settings.registries().flatMap((text) => {
    try {
      return [parseRegistryEntry(text)];
    } catch {
      return [];
    }
  });
}
