/** Code between tags that some prompts and models put around answers: `<code>…</code>`, `<answer>…</answer>`. */
import { REASONS, refuse } from '../result.ts';
import type { Window } from '../window.ts';

const NAMES =
  'pre|code|answer|output|result|response|edit|edited|edited_code|edited_lines|new_code|new|updated|updated_code|updated_lines|modified|modified_code|replacement|replace|selection|selected|selected_code|changed_lines|lines|snippet|solution|final|final_answer|final_code|codeblock|code_block|CODE_BLOCK|CODE|COMPLETION|completion|rewritten|file|content|source|insert|artifact|antArtifact|modified_file|updated_file|file_content|new_content';
const FIRST = new RegExp(`^\\s*<(${NAMES})(?:\\s[^<>]*)?>(.*)$`);
const HTML = new Set(['pre', 'code', 'output', 'content', 'source']);
const LANGUAGE_NAME = /^\s*[a-z+#]{1,12}\s*$/;

/** Tells if a line may be the tag before an answer. */
export function opensTag(line: string): boolean {
  return FIRST.test(line);
}

/**
 * Returns the lines between the tags.
 * @returns undefined if there are none.
 * @throws Refused if the tags may be the document's.
 */
export function unwrapped(lines: readonly string[], window: Window): readonly string[] | undefined {
  const from = lines.findIndex((line) => line.trim() !== '');
  const to = lines.findLastIndex((line) => line.trim() !== '');
  const [, name = '', first = ''] = FIRST.exec(lines[from] ?? '') ?? [];
  if (name === '' || window.contains(`<${name}`)) return undefined;
  const close = `</${name}>`;
  const last = (lines[to] ?? '').trimEnd();
  if (!last.endsWith(close)) return undefined;
  if (window.language.kind === 'markup' && HTML.has(name)) refuse(REASONS.mixed());
  if (from === to) {
    const inner = first.trimEnd().slice(0, -close.length);
    return inner.includes(close) ? undefined : [inner];
  }
  const inner = lines.slice(from + 1, to);
  if (inner.some((line) => line.includes(close))) refuse(REASONS.mixed());
  const end = last.slice(0, -close.length);
  const head = first.trim() === '' || LANGUAGE_NAME.test(first) ? [] : [first];
  return withoutCharacterData([...head, ...inner, ...(end.trim() === '' ? [] : [end])]);
}

/** Removes the frame in which XML has text as it is. */
function withoutCharacterData(lines: readonly string[]): readonly string[] {
  const text = lines.join('\n').trim();
  const inner = /^<!\[CDATA\[([\s\S]*)\]\]>$/.exec(text)?.[1];
  return inner === undefined ? lines : inner.replace(/^\n|\n$/g, '').split('\n');
}
