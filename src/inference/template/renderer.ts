/** One compiled template with the variables that llama-server gives to templates. */
import type { ToolDefinition } from '../index.ts';
import type { Probe } from './abilities.ts';
import { Budget, TemplateLimitError } from './jinja/budget.ts';
import { type CompiledTemplate, compileTemplate } from './jinja/compile.ts';
import { formatDay } from './jinja/strftime.ts';
import { shapeOf, type Turn, type TurnShape, toTemplateMessages, toTemplateTools } from './turns.ts';

export interface RendererTokens {
  readonly bosToken: string;
  readonly eosToken: string;
  readonly isGeneric: boolean;
}

export interface RenderSettings {
  readonly tools: readonly ToolDefinition[];
  readonly thinking: boolean;
  readonly now: Date;
  /** Defaults to true. */
  readonly opensAnswer?: boolean | undefined;
  /** Defaults to the renderer's own. */
  readonly shape?: TurnShape | undefined;
}

/** Keeps the thoughts of earlier answers where a template can, so that a prompt's front stays as it was. */
const KEPT_THOUGHTS = {
  preserve_thinking: true,
  clear_thinking: false,
  truncate_history_thinking: false,
  drop_thinking: false,
};

export class Renderer {
  readonly source: string;
  readonly #template: CompiledTemplate;
  readonly #tokens: RendererTokens;
  shape: TurnShape;

  /** @throws TemplateLimitError, or another Error if it is no template. */
  constructor(source: string, tokens: RendererTokens) {
    this.source = source;
    this.shape = shapeOf(source);
    this.#template = compileTemplate(source);
    this.#tokens = tokens;
  }

  get isGeneric(): boolean {
    return this.#tokens.isGeneric;
  }

  /** @throws TemplateRefusal, TemplateLimitError, or another Error if the template cannot render this. */
  render(turns: readonly Turn[], settings: RenderSettings): string {
    const { tools, thinking, now, opensAnswer = true, shape = this.shape } = settings;
    const messages = toTemplateMessages(turns, shape);
    const given = toTemplateTools(tools);
    const characters = JSON.stringify([messages, given]).length;
    const variables = {
      messages,
      ...(given.length === 0 ? {} : { tools: given }),
      bos_token: this.#tokens.bosToken,
      eos_token: this.#tokens.eosToken,
      ...(opensAnswer ? { add_generation_prompt: true } : {}),
      enable_thinking: thinking,
      date_string: formatDay(now, '%d %b %Y'),
      datetime: formatDay(now, '%b %d %Y'),
      ...KEPT_THOUGHTS,
    };
    return this.#template.render(variables, new Budget(characters, turns.length), now);
  }

  /** @throws TemplateLimitError */
  readonly probe: Probe = (turns, { shape, tool, thinking = true } = {}) => {
    const tools = tool === undefined ? [] : [{ name: tool, inputSchema: { type: 'object', properties: {} } }];
    try {
      return this.render(turns, { tools, thinking, now: new Date(0), shape });
    } catch (error) {
      if (error instanceof TemplateLimitError) throw error;
      return undefined;
    }
  };
}
