/**
 * Recognizes GGUFs that were cut into pieces at arbitrary bytes, as `split` does, to stay below a site's size limit.
 * Only the first piece begins like a GGUF, and nothing runs before they are joined. llama.cpp's own shards are
 * different (shards.ts). Spellings by publisher:
 *   m.gguf-split-a                      TheBloke, and those who followed
 *   m.gguf.part1of2                     mradermacher
 *   m.gguf.part-00, m.gguf-part-aa      `split -d`, moxing
 *   m.gguf.a, m.gguf.aa, m.gguf.001     `split`, 7-Zip
 *   m.gguf.00001-of-00003
 *   m-chunk-001-of-018.gguf, m.part1.gguf, m.gguf-part-01-of-05.gguf
 */
import { t } from '../../base/l10n.ts';
import { unsupported } from '../unsupported.ts';
import { baseName } from './fileName.ts';
import { shownNames } from './shownNames.ts';

const WORD = '(?:split|part|chunk|piece)s?';
const OF = '[-_. ]?of[-_. ]?\\d+';

/** Endings that only pieces have. */
const SURE: readonly RegExp[] = [
  new RegExp(`^(.*\\.gguf)[-_. ]?${WORD}[-_. ]?(?:\\d{1,5}|[a-z]{1,3})(?:${OF})?$`, 'i'),
  new RegExp(`^(.*\\.gguf)[-_. ]?\\d{1,5}${OF}$`, 'i'),
];
/** Endings of pieces if another file has one too. */
const LIKELY: readonly RegExp[] = [
  /^(.*\.gguf)[-_.](?:\d{1,5}|[a-z]|a[a-z]{1,2})$/i,
  new RegExp(`^(.*)[-_. ]${WORD}[-_. ]?(?:\\d{1,5}|[a-z]{1,2})(?:${OF})?\\.gguf$`, 'i'),
];
/** Names of unfinished downloads by browsers, wget, curl's users, aria2 and huggingface_hub. */
const UNFINISHED = /\.gguf\.(?:part|partial|crdownload|download|aria2|incomplete|tmp)$/i;

function wholeOf(name: string, patterns: readonly RegExp[]): string | undefined {
  for (const pattern of patterns) {
    const whole = pattern.exec(name)?.[1];
    if (whole !== undefined) return whole.toLowerCase();
  }
  return undefined;
}

/**
 * Returns the names of pieces among names of files, with or without folders.
 * @param isKnown true if the files are known to be shards; then only unmistakable names count.
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

/** @throws ModelError `unsupported-artifact` if all weights are pieces of a file. A whole one among them may be run. */
export function refusePieces(names: readonly string[], isKnown = false): void {
  if (names.length === 0 || piecesAmong(names, isKnown).length < names.length) return;
  throw onlyPieces(names);
}

/** Returns the error of pieces of a GGUF, or of an unfinished one; undefined if there are none among the files. */
export function onlyPieces(paths: readonly string[]): Error | undefined {
  const pieces = piecesAmong(paths);
  if (pieces.length > 0) {
    // The command does not include the names: whoever copied it would run what a stranger wrote.
    return unsupported(
      t(
        'This artifact has a GGUF that was cut into pieces ({0}), which run only when they are joined. Get them with “oras pull”, join them in order with “cat PIECES > model.gguf” and import that file, or choose a tag with the whole model.',
        shownNames(pieces, 2),
      ),
    );
  }
  const unfinished = paths.map((path) => baseName(path)).filter((name) => UNFINISHED.test(name));
  if (unfinished.length === 0) return undefined;
  return unsupported(
    t(
      'This artifact has a GGUF whose download was incomplete when it was published ({0}). Tell its publisher, or choose another tag.',
      shownNames(unfinished, 2),
    ),
  );
}
