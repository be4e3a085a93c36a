/** What a chat template (Jinja) shows of a model: whether it was taught to call tools, and to think first. */

/** What was found. */
export interface TemplateAbilities {
  readonly tools: boolean;
  readonly thinking: boolean;
}

/** Statements and expressions; what stands between them is only text that is copied. */
const CODE = /\{[%{](.*?)[%}]\}/gs;
/** The variable that carries tool definitions, in every template of Hugging Face's convention. */
const TOOLS = /(?<![\w.'"-])(?:tools|custom_tools|builtin_tools)(?![\w'"-])/;
/**
 * A switch for thoughts, the field that carries them, or the marks around them: Qwen 3, DeepSeek R1, gpt-oss,
 * Magistral, Seed, Kimi, Granite, Gemma.
 */
const THINKING =
  /enable_thinking|reasoning_content|reasoning_effort|<\/?think>|<\|channel\|>|\[THINK\]|<seed:think>|◁think▷|<\|think\|>|\bthinking\b/;

/** @param template the template, and others that the model has, such as `tool_use`, in any order. */
export function templateAbilities(template: string): TemplateAbilities {
  let tools = false;
  for (const [, code = ''] of template.matchAll(CODE)) {
    if (TOOLS.test(code)) {
      tools = true;
      break;
    }
  }
  return { tools, thinking: THINKING.test(template) };
}
