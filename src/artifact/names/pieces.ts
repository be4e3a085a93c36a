/**
 * GGUFs that were cut into pieces at any byte, as `split` does, to stay below a site's limit of sizes. Only the first
 * piece begins as a GGUF does, and nothing runs before they are joined; llama.cpp's own shards are another thing
 * (shards.ts). Publishers' spellings:
 *   m.gguf-split-a                      TheBloke, and all who followed
 *   m.gguf.part1of2                     mradermacher
 *   m.gguf.part-00, m.gguf-part-aa      `split -d`, moxing
 *   m.gguf.a, m.gguf.aa, m.gguf.001     `split`, 7-Zip
 *   m.gguf.00001-of-00003
 *   m-chunk-001-of-018.gguf, m.part1.gguf, m.gguf-part-01-of-05.gguf
 */
import { singleLine } from '../../base/text.ts';
import { unsupported } from '../unsupported.ts';
import { baseName } from './fileName.ts';

const WORD = '(?:split|part|chunk|piece)s?';
const OF = '[-_. ]?of[-_. ]?\\d+';

/** Endings that nothing but a piece has. */
const SURE: readonly RegExp[] = [
  new RegExp(`^(.*\\.gguf)[-_. ]?${WORD}[-_. ]?(?:\\d{1,5}|[a-z]{1,3})(?:${OF})?$`, 'i'),
  new RegExp(`^(.*\\.gguf)[-_. ]?\\d{1,5}${OF}$`, 'i'),
];
/** Endings of pieces if another file has such a one, too. */
const LIKELY: readonly RegExp[] = [
  /^(.*\.gguf)[-_.](?:\d{1,5}|[a-z]|a[a-z]{1,2})$/i,
  new RegExp(`^(.*)[-_. ]${WORD}[-_. ]?(?:\\d{1,5}|[a-z]{1,2})(?:${OF})?\\.gguf$`, 'i'),
];
/** What browsers, wget, curl's users, aria2 and huggingface_hub call a file until it is whole. */
const UNFINISHED = /\.gguf\.(?:part|partial|crdownload|download|aria2|incomplete|tmp)$/i;

function wholeOf(name: string, patterns: readonly RegExp[]): string | undefined {
  for (const pattern of patterns) {
    const whole = pattern.exec(name)?.[1];
    if (whole !== undefined) return whole.toLowerCase();
  }
  return undefined;
}

/**
 * Names of pieces among names of files, with or without folders.
 * @param isKnown whether something else says that the files are shards: then only sure names count.
 */
export function piecesAmong(paths: readonly string[], isKnown = false): string[] {
  const names = paths.map((path) => baseName(path).slice(-300));
  const counts = new Map<string, Set<string>>();
  for (const name of names) {
    const whole = wholeOf(name, LIKELY);
    if (whole !== undefined) counts.set(whole, (counts.get(whole) ?? new Set()).add(name));
  }
  return names.filter((name) => {
    if (wholeOf(name, SURE) !== undefined) return true;
    const whole = isKnown ? undefined : wholeOf(name, LIKELY);
    return whole !== undefined && (counts.get(whole)?.size ?? 0) > 1;
  });
}

/** @throws ModelError `unsupported-artifact` if all weights are pieces of a file. One that is whole may be run. */
export function refusePieces(names: readonly string[], isKnown = false): void {
  if (names.length === 0 || piecesAmong(names, isKnown).length < names.length) return;
  throw onlyPieces(names);
}

function shown(names: readonly string[]): string {
  const first = names.slice(0, 2).map((name) => singleLine(name, 60));
  return `${first.join(', ')}${names.length > 2 ? ' and more' : ''}`;
}

/** The error of files that are pieces of a GGUF, or an unfinished one; undefined if there are none among them. */
export function onlyPieces(paths: readonly string[]): Error | undefined {
  const pieces = piecesAmong(paths);
  if (pieces.length > 0) {
    // Without the names in the command: whoever copies it runs what a stranger wrote.
    return unsupported(
      `has a GGUF that was cut into pieces (${shown(pieces)}), which only run when they are joined`,
      'Get them with “oras pull”, join them in their order with “cat PIECES > model.gguf” and import that file, or choose a tag that has the model whole',
    );
  }
  const unfinished = paths.map((path) => baseName(path)).filter((name) => UNFINISHED.test(name));
  if (unfinished.length === 0) return undefined;
  return unsupported(
    `has a GGUF whose download was not finished when it was published (${shown(unfinished)})`,
    'Tell its publisher, or choose another tag',
  );
}
