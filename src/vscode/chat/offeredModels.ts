/**
 * Remembers which models the picker had. VS Code keeps the id of the picked one through reloads, and a participant whose
 * request names an id that no provider knows is never called. So an id that was offered once is known for good.
 */
import { type AnsweringModel, isEndpointId, type Session } from '../../session/index.ts';
import { property } from '../commands/property.ts';
import type { Memory } from '../window/recentTexts.ts';

/** A model that was offered. */
export interface OfferedModel {
  readonly id: string;
  readonly label: string;
}

const KEY = 'chat.offeredModels';
/** Number of models that are remembered; VS Code remembers one for each kind of chat. */
const MAX_MODELS = 50;

/** The models that the picker had, in all windows of this machine. */
export class OfferedModels {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The models, the latest first. */
  get all(): readonly OfferedModel[] {
    const kept = this.#memory.get(KEY);
    return Array.isArray(kept) ? kept.filter(isOffered) : [];
  }

  /** Returns those that are not there any more. A server that has not answered yet keeps its models. */
  async gone(
    models: Pick<Session, 'find'>,
    usable: readonly Pick<AnsweringModel, 'id'>[],
  ): Promise<OfferedModel[]> {
    const away = this.all.filter(({ id }) => !usable.some((model) => model.id === id));
    const found = await Promise.all(
      away.map(async ({ id }) => isEndpointId(id) && (await models.find(id)) !== undefined),
    );
    return away.filter((_, index) => found[index] !== true);
  }

  /** Remembers models that are offered now. */
  async add(models: readonly Pick<AnsweringModel, 'id' | 'label'>[]): Promise<void> {
    const { all } = this;
    const known = new Map(all.map(({ id, label }) => [id, label]));
    if (models.every(({ id, label }) => known.get(id) === label)) return;
    const ids = new Set(models.map(({ id }) => id));
    const added = models.map(({ id, label }) => ({ id, label }));
    await this.#memory.update(KEY, [...added, ...all.filter(({ id }) => !ids.has(id))].slice(0, MAX_MODELS));
  }
}

function isOffered(value: unknown): value is OfferedModel {
  return typeof property(value, 'id') === 'string' && typeof property(value, 'label') === 'string';
}
