/** Finds out from a chat template (Jinja) if a model was trained to call tools and to think before it answers. */

/** Abilities that a template reveals. */
export interface TemplateAbilities {
  readonly tools: boolean;
  readonly thinking: boolean;
}

/** The variables that carry tool definitions in templates that follow Hugging Face's convention. */
const TOOLS = /(?<![\w.'"-])(?:tools|custom_tools|builtin_tools)(?![\w'"-])/;
/**
 * A switch for thoughts, the field that carries them, or the marks around them, as in Qwen 3, DeepSeek R1, gpt-oss,
 * Magistral, Seed, Kimi, Granite and Gemma.
 */
const THINKING =
  /enable_thinking|reasoning_content|reasoning_effort|<\/?think>|<\|channel\|>|\[THINK\]|<seed:think>|◁think▷|<\|think\|>|\bthinking\b/;

/** Reads the abilities. @param template untrusted, up to 256 KiB. */
export function templateAbilities(template: string): TemplateAbilities {
  return { tools: TOOLS.test(codeOf(template)), thinking: THINKING.test(template) };
}

/**
 * Extracts the statements and expressions of a template, `{% … %}` and `{{ … }}`; the text between them is only copied
 * to the prompt. Uses a linear search rather than one pattern, so that time grows only with the length.
 */
function codeOf(template: string): string {
  const pieces: string[] = [];
  const opening = /\{[%{]/g;
  for (let found = opening.exec(template); found !== null; found = opening.exec(template)) {
    const start = opening.lastIndex;
    const end = template.indexOf(found[0] === '{%' ? '%}' : '}}', start);
    if (end < 0) break;
    pieces.push(template.slice(start, end));
    opening.lastIndex = end + 2;
  }
  return pieces.join('\n');
}
