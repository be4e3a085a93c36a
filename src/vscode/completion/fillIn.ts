/** Finds out how a model is asked to fill in, and if it was trained for that. */
import { testFillIn } from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { type FimFormat, fimFormat, hole } from '../../inference/format/fim/index.ts';
import { capability, type Engine } from '../../inference/index.ts';
import { type AnsweringModel, isEndpointModel } from '../../session/index.ts';
import type { Memory } from '../window/recentTexts.ts';

const KEY = 'fillInTests';
/** Results that are kept. */
const MAX_RESULTS = 100;

/** Results of self-tests: true for a model that was trained, by the digest of its manifest. */
type Results = Readonly<Record<string, boolean>>;

/** Looks at models, and remembers what it saw. */
export class FillIn {
  readonly #memory: Memory;
  readonly #log: Log;

  /** @param memory keeps results for all windows. */
  constructor(memory: Memory, log: Log) {
    this.#memory = memory;
    this.#log = log;
  }

  /**
   * Returns how a loaded model is asked to fill in. At its first use it is tested.
   * @throws ModelError `unsupported-artifact` if it cannot be asked, or was not trained for it.
   */
  async formatOf(model: AnsweringModel, engine: Engine, signal?: AbortSignal): Promise<FimFormat> {
    const { label } = model;
    if (engine.marks === undefined) {
      if (engine.loaded?.infill === true) return hole;
      throw new ModelError(
        'unsupported-artifact',
        t(
          'The server of {0} cannot complete code with it. Choose a model that was trained for it, such as Qwen2.5-Coder.',
          label,
        ),
      );
    }
    const format = fimFormat({ marks: await capability(engine, 'marks')(signal), name: label });
    if (await this.#isTrained(model, engine, format, signal)) return format;
    throw new ModelError(
      'unsupported-artifact',
      t(
        '{0} has the marks to complete code, but was not trained with them. Choose a model that was, such as Qwen2.5-Coder.',
        label,
      ),
    );
  }

  /** Tells if a model has to be tested first, which takes a large one half a minute. */
  isUntested(model: AnsweringModel, engine: Engine): boolean {
    const digest = testableDigest(model, engine);
    return digest !== undefined && this.#results[digest] === undefined;
  }

  async #isTrained(
    model: AnsweringModel,
    engine: Engine,
    format: FimFormat,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const digest = testableDigest(model, engine);
    if (digest === undefined) return true;
    const known = this.#results[digest];
    if (known !== undefined) return known;
    const { isTrained, marked, plain } = await testFillIn(capability(engine, 'score'), format, signal);
    this.#log.info(
      `${model.id} was tested for completions: ${marked.toFixed(1)} with its marks, ${plain.toFixed(1)} without.`,
    );
    const latest = Object.entries(this.#results).slice(1 - MAX_RESULTS);
    await this.#memory.update(KEY, Object.fromEntries([...latest, [digest, isTrained]]));
    return isTrained;
  }

  get #results(): Results {
    const kept = this.#memory.get(KEY);
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, result]) => typeof result === 'boolean'));
  }
}

/** Returns the digest that a result is kept by; undefined for a model that cannot be tested. */
function testableDigest(model: AnsweringModel, { score }: Engine): string | undefined {
  return score === undefined || isEndpointModel(model) ? undefined : model.manifestDigest;
}
