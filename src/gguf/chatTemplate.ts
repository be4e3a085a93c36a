/** What a chat template (Jinja) shows of a model: whether it was taught to call tools, and to think first. */

/** What was found. */
export interface TemplateAbilities {
  readonly tools: boolean;
  readonly thinking: boolean;
}

/** The variable that carries tool definitions, in every template of Hugging Face's convention. */
const TOOLS = /(?<![\w.'"-])(?:tools|custom_tools|builtin_tools)(?![\w'"-])/;
/**
 * A switch for thoughts, the field that carries them, or the marks around them: Qwen 3, DeepSeek R1, gpt-oss,
 * Magistral, Seed, Kimi, Granite, Gemma.
 */
const THINKING =
  /enable_thinking|reasoning_content|reasoning_effort|<\/?think>|<\|channel\|>|\[THINK\]|<seed:think>|◁think▷|<\|think\|>|\bthinking\b/;

/** @param template up to 256 KiB, of a stranger. */
export function templateAbilities(template: string): TemplateAbilities {
  return { tools: TOOLS.test(codeOf(template)), thinking: THINKING.test(template) };
}

/**
 * The statements and expressions of a template, `{% … %}` and `{{ … }}`; what stands between them is only text that
 * is copied. Searched and not matched, so that the time grows with the length alone.
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
