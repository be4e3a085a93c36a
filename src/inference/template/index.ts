/**
 * Prompts exactly as a model's file says: its own chat template is rendered, with nothing of the library's in between.
 *
 * - Equal to llama-server's `/apply-template` wherever no message holds a special token's text. Such texts become
 *   plain text here, and special tokens there (`marks.ts`). An answer that is continued is begun as the template
 *   itself would write it (`thoughts.ts`).
 * - What a template refuses or leaves out (instructions, tools, results, turns that do not alternate) is changed into
 *   what it renders, and said; a template that cannot be used at all is replaced by a generic one, and that is said
 *   (`chatTemplate.ts`, `adapt.ts`).
 * - A template is untrusted. Bounded here: its length, the steps that it takes, the length of every text and list that
 *   it makes, and nesting by the stack (`jinja/budget.ts`). A hostile one takes about a second until a generic one
 *   takes its place. Bounded by the caller, who can end the process: the memory of the process and a time limit for the
 *   load, since steps are no seconds.
 *
 * Pure, and without node-llama-cpp.
 */
export type { TemplateAbilities } from './abilities.ts';
export { promptBos } from './bos.ts';
export {
  type ChatTemplate,
  createChatTemplate,
  type PromptPiece,
  type RenderedPrompt,
  type RenderOptions,
  type TemplateSource,
} from './chatTemplate.ts';
export { calledAsText, describedTools } from './toolMessages.ts';
