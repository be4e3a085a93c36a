/** Markdown's fenced code blocks according to CommonMark, section 4.5. */

/** Formats `lines` as a fenced block, with a fence longer than any run of backticks in them. */
export function fenced(lines: readonly string[], languageId: string): string {
  const longest = lines.reduce((longer, line) => {
    return (line.match(/`+/g) ?? []).reduce((length, run) => Math.max(length, run.length), longer);
  }, 0);
  const fence = '`'.repeat(Math.max(3, longest + 1));
  // An info string cannot contain backticks or line breaks.
  const info = languageId.replace(/[`\r\n]/g, '');
  return [`${fence}${info}`, ...lines, fence].join('\n');
}

/** The line that opens a block. */
export interface FenceOpening {
  readonly character: '`' | '~';
  readonly length: number;
  /** Columns before the fence, 0 to 3. */
  readonly indent: number;
}

/** Parses a line that opens a block. Returns undefined for any other line. */
export function parseFenceOpening(line: string): FenceOpening | undefined {
  const match = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})/.exec(line);
  const fence = match?.[2];
  if (match === null || fence === undefined) return undefined;
  return {
    character: fence.startsWith('`') ? '`' : '~',
    length: fence.length,
    indent: match[1]?.length ?? 0,
  };
}

/** Returns true if `line` closes the block that `opening` opened. */
export function closesFence(line: string, opening: FenceOpening): boolean {
  const fence = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1];
  if (fence === undefined) return false;
  return fence.startsWith(opening.character) && fence.length >= opening.length;
}
