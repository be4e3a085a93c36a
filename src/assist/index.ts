/** Coding help without an editor: prompts, the context budget, and the code in answers. */
export { answerFooter } from './answerFooter.ts';
export type { Attachment } from './attachment.ts';
export {
  buildChatMessages,
  CHAT_SYSTEM_PROMPT,
  type ChatPrompt,
  type EditorSelection,
  type TextReference,
  userMessage,
} from './chatPrompt.ts';
export {
  type ActCommand,
  type AskCommand,
  commit,
  commitMessageOf,
  type FollowUp,
  SLASH_COMMANDS,
  type SlashCommand,
  slashCommand,
} from './commands/index.ts';
export {
  type Completer,
  type CompleterOptions,
  createCompleter,
  type Ghost,
  looksSecret,
  type Place,
} from './completion/index.ts';
export { type ContextBudget, type FittedMessages, fitMessages, type Omission } from './contextBudget.ts';
export { createEditReader, type EditResult, readEdit } from './edit/index.ts';
export { buildEditMessages, type EditPrompt, type EditTurn } from './editPrompt.ts';
export { fenced } from './fence.ts';
export {
  CHAT_SAMPLING,
  EDIT_SAMPLING,
  type GenerationWishes,
  mergeWishes,
  readModelOptions,
  wishesForEdits,
} from './generation.ts';
export { type DiffLine, diffLines } from './lineDiff.ts';
export { type AnswerPart, type PlaceLink, PlaceLinks } from './placeLinks.ts';
export { PrefilledBlock } from './prefilledBlock.ts';
export { type PublishedPrompt, withPublishedPrompt } from './publisherWishes.ts';
