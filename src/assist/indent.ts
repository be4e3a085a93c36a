/** Restores indentation that a model lost. */

function indentation(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** Returns the leading white space that all lines with text share. */
function commonIndentation(lines: readonly string[]): string {
  let common: string | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const own = indentation(line);
    if (common === undefined) common = own;
    let length = 0;
    while (length < common.length && common[length] === own[length]) length++;
    common = common.slice(0, length);
  }
  return common ?? '';
}

/**
 * Returns true if only the first line lost its indentation, as happens when a model writes it right after the fence. If
 * that line opens a block, the next one must be indented more deeply; otherwise all lines lost their indentation.
 */
function lostInFirstLineOnly(lines: readonly string[], wanted: string): boolean {
  const [first, ...others] = lines.filter((line) => line.trim() !== '');
  const [second] = others;
  if (first === undefined || second === undefined) return false;
  if (!commonIndentation(others).startsWith(wanted)) return false;
  const opensBlock = /[{([:]\s*$/.test(first);
  return !opensBlock || indentation(second).length > wanted.length;
}

/**
 * Gives `lines` the indentation of `original` if the model answered from column 0 or with too little indentation. The
 * missing part is added to every line with text, or only to the first one if only that line lost it.
 */
export function restoreIndentation(lines: readonly string[], original: readonly string[]): readonly string[] {
  const wanted = commonIndentation(original);
  const present = commonIndentation(lines);
  if (present.length >= wanted.length || !wanted.startsWith(present)) return lines;
  const missing = wanted.slice(present.length);
  const firstOnly = lostInFirstLineOnly(lines, wanted);
  const first = lines.findIndex((line) => line.trim() !== '');
  return lines.map((line, index) => {
    if (line.trim() === '' || (firstOnly && index !== first)) return line;
    return missing + line;
  });
}
