/** Copies stored models to files of the user's own, also in the form that vLLM expects. */
export { type FileToSave, type SaveCopyOptions, saveCopies } from './saveCopy.ts';
export { type ModelPart, VLLM_URL, type VllmSetup, vllmCacheFiles, vllmCommand } from './vllm.ts';
