/** Requests of VS Code's own chat that offer tools: inline chat, whose only tool we call ourselves, and agents. */
export {
  type InlinePlace,
  type InlineRequest,
  inlinePlace,
  type OpenFile,
  readInlineRequest,
} from './inlineEdit.ts';
export { type ReplaceCall, replaceCall } from './replaceCall.ts';
export { shortTool } from './shortSchema.ts';
export { type ChosenTools, ToolChooser, type ToolRoom } from './toolChoice.ts';
