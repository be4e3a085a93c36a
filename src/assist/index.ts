/** Coding help without an editor: prompts, the context budget, and the code in answers. */

export { answerFooter, rounded, tokensPerSecond } from './answerFooter.ts';
export { type Answerer, type AnswerWishes, answer } from './answering.ts';
export type { Attachment } from './attachment.ts';
export type { Omission } from './attachmentCutter.ts';
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
  declarationAt,
  diffText,
  type Edit,
  EditHistory,
  type Ghost,
  inStableOrder,
  type LastEdit,
  looksSecret,
  mostSimilarPart,
  type NamePlace,
  namesNear,
  type Place,
  testFillIn,
} from './completion/index.ts';
export { type ContextBudget, type FittedMessages, fitMessages } from './contextBudget.ts';
export type {
  EditedFile,
  EditResult,
  FileEdit,
  FileEditsResult,
} from './edit/index.ts';
export { buildEditMessages, type EditPrompt, type EditTurn } from './editPrompt.ts';
export { editReader } from './editReader.ts';
export { fenced } from './fence.ts';
export {
  CHAT_SAMPLING,
  EDIT_SAMPLING,
  type GenerationWishes,
  mergeWishes,
  readModelOptions,
  wishesForEdits,
} from './generation.ts';
export { MAX_IMAGE_BYTES, MAX_IMAGES_BYTES, tooLarge, tooMuch } from './images.ts';
export { type DiffLine, diffLines } from './lineDiff.ts';
export {
  type AskForEdit,
  type LineRange,
  type NextEditFormat,
  nextEditFormat,
  requestNextEdit,
} from './nextEdit/index.ts';
export { type AnswerPart, type PlaceLink, PlaceLinks } from './placeLinks.ts';
export { PrefilledBlock } from './prefilledBlock.ts';
export { type PublishedPrompt, withPublishedPrompt } from './publisherWishes.ts';
export { type EditTask, type RequestedEdit, requestEdit } from './requestEdit.ts';
export { type FileEditsTask, requestFileEdits } from './requestFileEdits.ts';
export {
  type InlinePlace,
  type InlineRequest,
  inlinePlace,
  type OpenFile,
  readInlineRequest,
  replaceCall,
  ToolChooser,
} from './tools/index.ts';
