/** The `when` clauses that several commands share. */

/** True while the active editor has a finished edit that waits for Accept or Discard; set by `inline/inlineChat.ts`. */
export const EDIT_PENDING = 'ociModels.inlineChatPending';

export const EDITOR_IS_WRITABLE = 'editorTextFocus && !editorReadonly';

export const IN_REGISTRIES = 'view == ociModels.registries';
export const IN_LOCAL = 'view == ociModels.local';

/** On rows whose `contextValue` has a word. */
function row(view: string, word: string): string {
  return `${view} && viewItem =~ /\\b${word}\\b/`;
}

export const ON_REGISTRY = row(IN_REGISTRIES, 'registry');
export const ON_TAG = row(IN_REGISTRIES, 'tag');
export const ON_MODEL = row(IN_LOCAL, 'localModel');
export const ON_LOADED_MODEL = row(IN_LOCAL, 'loaded');
export const ON_UNLOADED_MODEL = row(IN_LOCAL, 'unloaded');
export const ON_DAMAGED_MODEL = row(IN_LOCAL, 'damaged');
export const ON_SAFETENSORS = row(IN_LOCAL, 'safetensors');
export const ON_STOPPED_DOWNLOAD = row(IN_LOCAL, 'stopped');
export const ON_RESUMABLE_DOWNLOAD = row(IN_LOCAL, 'resumable');
