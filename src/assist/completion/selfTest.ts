/**
 * Tells if a model was trained to fill in. General models often have the marks for it in their vocabulary, because their
 * coder siblings share it, and write nonsense behind them. Statements that every model of code knows are scored behind
 * the marks and behind plain text. Measured with three of them, in logarithms of probabilities: a model that was trained
 * −0.6 and −27.5, SmolLM2 with marks that it was not trained with −83 and −32, Gemma 3 likewise −43 and −9.
 */
import type { FimFormat } from '../../inference/format/fim/index.ts';
import type { Capabilities } from '../../inference/index.ts';

const HOLES = [
  {
    prefix: 'function add(a: number, b: number): number {\n  ',
    suffix: '\n}\n',
    middle: 'return a + b;',
  },
  {
    prefix: 'function isEmpty(list: string[]): boolean {\n  ',
    suffix: '\n}\n',
    middle: 'return list.length === 0;',
  },
  { prefix: 'def square(x):\n    ', suffix: '\n\n\nprint(square(4))\n', middle: 'return x * x' },
] as const;

/** Logarithm by which the statements may be less likely behind the marks: e³ is twenty times. */
const TOLERANCE = 3;

/** Scores of the statements, as sums of logarithms of probabilities. */
export interface SelfTest {
  readonly marked: number;
  readonly plain: number;
  /** False if the marks are worse than none. */
  readonly isTrained: boolean;
}

/** Tests a model, which takes as long as half a hundred tokens. @throws ModelError as the engine, `cancelled`. */
export async function testFillIn(
  score: Capabilities['score'],
  format: FimFormat,
  signal?: AbortSignal,
): Promise<SelfTest> {
  let [marked, plain] = [0, 0];
  for (const { middle, ...around } of HOLES) {
    marked += (await score(format.prompt(around), middle, signal)).logProbability;
    plain += (await score([around.prefix], middle, signal)).logProbability;
  }
  return { marked, plain, isTrained: marked >= plain - TOLERANCE };
}
