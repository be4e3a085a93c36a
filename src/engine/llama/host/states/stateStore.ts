/**
 * States of conversations, edits and contexts of completions, kept in files so that a return to one of them does not
 * evaluate its tokens again. Reading a state back takes a hundredth of the time.
 *
 * A file that is cut or changed makes llama.cpp abort the process or hang, and one of other weights is taken in silence.
 * So a state is written under a temporary name and renamed, its digest and its settings stay in this process's memory,
 * which nothing else can change, and it is only loaded after its digest was compared. States hold text of the user: they
 * lie in a private folder, and go when the process ends (see stateFolder.ts).
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { reasonOf } from '../hostError.ts';
import type { LlamaLog } from '../llamaLog.ts';
import type { StateFolder } from './stateFolder.ts';

/** States that are saved whatever it takes: a single measurement says as much about the machine's load as about the disk. */
const MIN_MEASURED = 3;

/** A saved state. */
export interface SavedState {
  readonly path: string;
  readonly tokens: readonly Token[];
  /** SHA-256 of the file, as hexadecimal digits. */
  readonly digest: string;
  readonly bytes: number;
  /** Index of the first token with cells; a shorter prefix cannot be reused. 0 unless the model has a sliding window. */
  readonly firstCell: number;
  readonly settings: string;
}

/** Returns the number of tokens with which both lists begin. */
export function commonPrefix(one: readonly Token[], other: readonly Token[]): number {
  const length = Math.min(one.length, other.length);
  let index = 0;
  while (index < length && one[index] === other[index]) index++;
  return index;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  // Large pieces, because each waits for the thread that also evaluates.
  for await (const piece of createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })) hash.update(piece);
  return hash.digest('hex');
}

/** The settings that a state depends on; llama.cpp does not check them all. */
function settingsOf({ context }: LlamaContextSequence): string {
  const { flashAttention, kvCacheKeyType, kvCacheValueType, totalSequences, contextSize } = context;
  return JSON.stringify([flashAttention, kvCacheKeyType, kvCacheValueType, totalSequences, contextSize]);
}

/** The states of one loaded model. Nothing here throws: without a state, tokens are evaluated again. */
export class StateStore {
  readonly #folder: StateFolder;
  readonly #log: Pick<LlamaLog, 'write'>;
  /** Least recently used first. */
  #states: SavedState[] = [];
  #count = 0;
  /** Least time to save a state, in milliseconds for each token; reading one back takes no longer. */
  #msPerToken = 0;
  /** States that were saved. */
  #saved = 0;

  constructor(folder: StateFolder, log: Pick<LlamaLog, 'write'>) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Finds the state that has the longest usable prefix of `tokens`. */
  best(tokens: readonly Token[]): { readonly state: SavedState; readonly shared: number } | undefined {
    let best: { state: SavedState; shared: number } | undefined;
    for (const state of this.#states) {
      const shared = commonPrefix(state.tokens, tokens);
      const isUsable = shared === state.tokens.length || shared > state.firstCell;
      if (isUsable && shared > (best?.shared ?? 0)) best = { state, shared };
    }
    return best;
  }

  /**
   * Saves the state of a sequence, unless it is there already or evaluating is as quick.
   * @param evaluationMs estimated time to evaluate what would be lost otherwise; 0 if it is not known.
   */
  async save(sequence: LlamaContextSequence, evaluationMs: number): Promise<void> {
    const tokens = sequence.contextTokens;
    if (this.#states.some((state) => commonPrefix(state.tokens, tokens) === tokens.length)) return;
    if (this.#isCostly(tokens.length, evaluationMs)) return;
    const path = join(this.#folder.path, `${this.#count++}.state`);
    const partial = `${path}.partial`;
    const start = performance.now();
    try {
      const { fileSize: bytes } = await sequence.saveStateToFile(partial);
      const digest = await sha256(partial);
      await rename(partial, path);
      const firstCell = sequence.needsCheckpoints ? Math.max(0, sequence.stateCellsStartIndex) : 0;
      await this.#removePrefixes(tokens, firstCell);
      this.#states.push({ path, tokens, digest, bytes, firstCell, settings: settingsOf(sequence) });
      this.#saved++;
      const msPerToken = (performance.now() - start) / tokens.length;
      // The least one, because a busy machine says nothing about the disk.
      this.#msPerToken = this.#msPerToken === 0 ? msPerToken : Math.min(this.#msPerToken, msPerToken);
      await this.#makeRoom();
    } catch (error) {
      this.#log.write('warn', `A state cannot be saved: ${reasonOf(error)}`);
      await this.#delete(partial);
    }
  }

  /** Tells if saving takes longer than evaluating would. */
  #isCostly(tokens: number, evaluationMs: number): boolean {
    if (this.#saved < MIN_MEASURED || evaluationMs === 0 || this.#msPerToken * tokens <= evaluationMs)
      return false;
    // Without a new measurement one slow hour of the disk would count for ever.
    this.#msPerToken /= 2;
    return true;
  }

  /** Loads a state. Returns false if it cannot be used; then the sequence must be cleared. */
  async load(state: SavedState, sequence: LlamaContextSequence): Promise<boolean> {
    try {
      if (state.settings !== settingsOf(sequence)) throw new Error('it was made with other settings');
      if ((await sha256(state.path)) !== state.digest) throw new Error('the file was changed');
      // Also removes checkpoints of the previous tokens, which the library would restore into this state.
      await sequence.clearHistory();
      await sequence.loadStateFromFile(state.path, { acceptRisk: true });
      if (commonPrefix(sequence.contextTokens, state.tokens) !== state.tokens.length)
        throw new Error('it has other tokens');
      this.#states = [...this.#states.filter((other) => other !== state), state];
      return true;
    } catch (error) {
      this.#log.write('warn', `A state cannot be used: ${reasonOf(error)}`);
      await this.#remove(state);
      return false;
    }
  }

  /** A longer state serves for its prefixes too, unless it lacks their first cells. */
  async #removePrefixes(tokens: readonly Token[], firstCell: number): Promise<void> {
    const covered = this.#states.filter(
      (state) =>
        state.tokens.length > firstCell && commonPrefix(state.tokens, tokens) === state.tokens.length,
    );
    for (const state of covered) await this.#remove(state);
  }

  async #makeRoom(): Promise<void> {
    let excess = await this.#folder.excessBytes();
    while (excess > 0) {
      const oldest = this.#states[0];
      if (oldest === undefined) return;
      await this.#remove(oldest);
      excess -= oldest.bytes;
    }
  }

  async #remove(state: SavedState): Promise<void> {
    this.#states = this.#states.filter((other) => other !== state);
    await this.#delete(state.path);
  }

  async #delete(path: string): Promise<void> {
    await rm(path, { force: true }).catch((error: unknown) =>
      this.#log.write('warn', `A state cannot be removed: ${reasonOf(error)}`),
    );
  }
}
