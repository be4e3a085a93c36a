/** `when` clauses that several commands share. */

/** True while the active editor has a finished edit waiting for Accept or Discard; set by `inline/inlineChat.ts`. */
export const EDIT_PENDING = 'ociModels.inlineChatPending';

/** True while a model completes code; set by `completion/completions.ts`. */
export const COMPLETIONS = 'ociModels.completions';

export const EDITOR_IS_WRITABLE = 'editorTextFocus && !editorReadonly';

export const IN_ANY_VIEW = 'view =~ /^ociModels\\./';
export const IN_REGISTRIES = 'view == ociModels.registries';
export const IN_LOCAL = 'view == ociModels.local';

/** A word in the `contextValue` of rows (views/row.ts), which positions in menus test for. */
export type RowWord =
  | 'damaged'
  | 'download'
  | 'downloads'
  | 'empty'
  | 'error'
  | 'foreign'
  | 'loaded'
  | 'loading'
  | 'local'
  | 'localModel'
  | 'page'
  | 'registry'
  | 'repository'
  | 'resumable'
  | 'running'
  | 'safetensors'
  | 'signIn'
  | 'stopped'
  | 'tag'
  | 'unloaded'
  | 'usage';

/** Builds a clause that is true on rows that have one of the words. */
export function rowHas(...words: readonly RowWord[]): string {
  const pattern = words.length === 1 ? words[0] : `(${words.join('|')})`;
  return `viewItem =~ /\\b${pattern}\\b/`;
}

export const ON_REGISTRY = `${IN_REGISTRIES} && ${rowHas('registry')}`;
export const ON_TAG = `${IN_REGISTRIES} && ${rowHas('tag')}`;
export const ON_MODEL = `${IN_LOCAL} && ${rowHas('localModel')}`;
export const ON_SAFETENSORS = `${IN_LOCAL} && ${rowHas('safetensors')}`;
