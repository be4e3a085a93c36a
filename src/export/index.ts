/** Copies of stored models as files of the user's, and for vLLM. */
export { type FileToSave, type SaveCopyOptions, saveCopies } from './saveCopy.ts';
export { type ModelPart, vllmCacheFiles, vllmCommand } from './vllm.ts';
