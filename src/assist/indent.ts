/** Indentation that a model lost. */

function indentation(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** The white space that all lines with text start with. */
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
 * Whether only the first line lost its indentation, as happens when a model writes it right after the fence.
 * A line that opens a block must be less indented than the one after it; otherwise all lines have lost it.
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
 * `lines` with the indentation of `original`, where the model answered from column 0 or with less of it: then
 * what is missing is put before every line with text, or before the first one where only that one lost it.
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
