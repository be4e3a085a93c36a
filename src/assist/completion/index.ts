/** Completions of code at the cursor, without an editor. */

export { type Completer, type CompleterOptions, createCompleter } from './completer.ts';
export {
  declarationAt,
  diffText,
  type Edit,
  EditHistory,
  inStableOrder,
  type LastEdit,
  mostSimilarPart,
  type NamePlace,
  namesNear,
} from './context/index.ts';
export type { Ghost } from './ghostCache.ts';
export type { Place } from './place.ts';
export { looksSecret } from './secretFiles.ts';
export { type SelfTest, testFillIn } from './selfTest.ts';
