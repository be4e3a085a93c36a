/** `when` clauses that several commands share. */

/** The id of the comments that show inline edits. */
export const COMMENT_CONTROLLER = 'ociModels.inlineChat';
/** The scheme of the documents that show an inline edit in the diff editor; their query is its id. */
export const PROPOSAL_SCHEME = 'oci-models-proposal';
/** The `contextValue` of a comment that is the box for an instruction. */
export const INPUT_COMMENT = 'input';
/** The `contextValue` of a thread, which menus test for. */
export type ThreadPhase = 'asking' | 'working' | 'ready' | 'stale' | 'failed';

/** The scheme of the documents that show changes of files in the diff editor. */
export const FILES_SCHEME = 'oci-models-files';
/** True while changes of files wait for the user; set by `inline/files/fileEdits.ts`. */
export const FILES_PENDING = 'ociModels.fileEditsPending';
/** True while the editor that shows them is active; set there too, since one of several files has no scheme. */
export const FILES_SHOWN = 'ociModels.fileEditsShown';
/** True while one of its files has the keyboard. */
export const IN_FILES_DIFF = `${FILES_SHOWN} && isInDiffEditor`;

/** Context keys that `inline/inlineFocus.ts` sets. True while the active editor has inline edits. */
export const EDIT_PENDING = 'ociModels.inlineChatPending';
/** True while the cursor of the active editor is in the lines of an inline edit. */
export const EDIT_AT_CURSOR = 'ociModels.inlineChatAtCursor';
/** True while the cursor has not been moved since an inline edit was asked for, and the edit is complete. */
export const EDIT_HELD = 'ociModels.inlineChatHeld';

const IN_COMMENTS = `commentController == ${COMMENT_CONTROLLER}`;
/** True in the box for an instruction. */
export const IN_INPUT = `${IN_COMMENTS} && comment == ${INPUT_COMMENT}`;
/** True while the box for an instruction has the keyboard. */
export const INPUT_FOCUSED = `commentEditorFocused && ${IN_COMMENTS}`;
/** True while a thread has the keyboard and no box in it does. */
export const THREAD_FOCUSED = `commentFocused && !commentEditorFocused && ${IN_COMMENTS}`;
/** True in the editor that compares a file with an inline edit. */
export const IN_PROPOSAL_DIFF = `isInDiffEditor && resourceScheme == ${PROPOSAL_SCHEME}`;
/** True while nothing in the editor takes Enter or Escape for itself. */
export const EDITOR_KEYS_FREE =
  'editorTextFocus && !suggestWidgetVisible && !inlineSuggestionVisible && !findWidgetVisible && !parameterHintsVisible && !inSnippetMode && !editorHasSelection && !editorHasMultipleSelections';

/** Builds a clause that is true in threads in one of the phases. */
export function threadIs(...phases: readonly ThreadPhase[]): string {
  return `${IN_COMMENTS} && commentThread =~ /^(${phases.join('|')})$/`;
}

/** True while a model completes code; set by `completion/completions.ts`. */
export const COMPLETIONS = 'ociModels.completions';
/** True while completions are paused; set there too. */
export const SNOOZED = 'ociModels.completionsSnoozed';

/** True while a next edit is shown; set by `nextEdit/nextEdits.ts`. */
export const NEXT_EDIT = 'ociModels.nextEditVisible';
/** True while ghost text shows it; set there too. */
export const NEXT_EDIT_GHOST = 'ociModels.nextEditGhost';
const EDITOR_HAS_KEYS =
  'editorTextFocus && !editorReadonly && !editorHasSelection && !editorHasMultipleSelections && !suggestWidgetVisible && !inSnippetMode && !editorTabMovesFocus && !findWidgetVisible';
/** True while Tab and Escape are for a next edit: ghost text, suggestions, snippets and more cursors have them before. */
export const NEXT_EDIT_KEYS = `${NEXT_EDIT} && ${EDITOR_HAS_KEYS} && !inlineSuggestionVisible`;
/** True while Escape is for the ghost text of a next edit. */
export const NEXT_EDIT_GHOST_KEYS = `${NEXT_EDIT_GHOST} && ${EDITOR_HAS_KEYS} && inlineSuggestionVisible`;

/** Context keys that `window/modelContext.ts` sets. True while a model of this machine or of an endpoint can answer. */
export const HAS_MODEL = 'ociModels.hasModel';
/** True while there are models on this machine, also damaged ones. */
export const HAS_STORED = 'ociModels.hasStoredModel';
/** True while endpoints are set up, whether they answer or not. */
export const HAS_ENDPOINT = 'ociModels.hasEndpoint';
/** True while something can answer, or may when its server does. */
export const CAN_ANSWER = `(${HAS_MODEL} || ${HAS_ENDPOINT})`;

/** The number of pulls that wait; set by `window/queueContext.ts`. */
export const WAITING_PULLS = 'ociModels.waitingPulls';

/** True while the user is signed in to a registry here; set by `window/savedLogins.ts`. */
export const SIGNED_IN = 'ociModels.signedIn';

/** True while a model thinks about an answer of `@local`; set by `chat/thoughts.ts`. */
export const THINKING = 'ociModels.thinking';

export const EDITOR_IS_WRITABLE = 'editorTextFocus && !editorReadonly';
/** True in a file that cannot be edited, of which extensions are not always told. */
export const EDITOR_IS_READ_ONLY = 'editorTextFocus && editorReadonly && activeEditorIsReadonly';

export const IN_ANY_VIEW = 'view =~ /^ociModels\\./';
export const IN_REGISTRIES = 'view == ociModels.registries';
export const IN_LOCAL = 'view == ociModels.local';

/** True while the rows of the Local Models view have the keyboard. */
export const LOCAL_FOCUSED = 'focusedView == ociModels.local && listFocus && !inputFocus';
/** True while the rows of the Registries view have it. */
export const REGISTRIES_FOCUSED = 'focusedView == ociModels.registries && listFocus && !inputFocus';
/** True while the rows above that stay in sight have it, on which Enter only goes to the row. */
export const STICKY_ROW_FOCUSED = 'treestickyScrollFocused';

/** A word in the `contextValue` of rows (views/row.ts), which positions in menus test for. */
export type RowWord =
  | 'damaged'
  | 'download'
  | 'downloads'
  | 'empty'
  | 'endpoint'
  | 'endpointModel'
  | 'endpoints'
  | 'error'
  | 'filter'
  | 'foreign'
  | 'invitation'
  | 'loaded'
  | 'loading'
  | 'local'
  | 'localModel'
  | 'modelGroup'
  | 'movable'
  | 'page'
  | 'pausable'
  | 'registry'
  | 'repository'
  | 'resumable'
  | 'running'
  | 'safetensors'
  | 'signedIn'
  | 'signIn'
  | 'stopped'
  | 'tag'
  | 'unloaded'
  | 'updatable'
  | 'usage'
  | 'waiting';

/** Builds a clause that is true on rows that have one of the words. */
export function rowHas(...words: readonly RowWord[]): string {
  const pattern = words.length === 1 ? words[0] : `(${words.join('|')})`;
  return `viewItem =~ /\\b${pattern}\\b/`;
}

export const ON_REGISTRY = `${IN_REGISTRIES} && ${rowHas('registry')}`;
export const ON_REPOSITORY = `${IN_REGISTRIES} && ${rowHas('repository')}`;
export const ON_TAG = `${IN_REGISTRIES} && ${rowHas('tag')}`;
export const ON_MODEL = `${IN_LOCAL} && ${rowHas('localModel')}`;
/** On rows of models and of repositories with several, for commands that take several. */
export const ON_MODELS = `${IN_LOCAL} && ${rowHas('localModel', 'modelGroup')}`;
/** On rows of models that can answer. */
export const ON_ANSWERING = `${IN_LOCAL} && ${rowHas('loaded', 'loading', 'unloaded', 'endpointModel')}`;
export const ON_ENDPOINT = `${IN_LOCAL} && ${rowHas('endpoint')}`;
export const ON_SAFETENSORS = `${IN_LOCAL} && ${rowHas('safetensors')}`;
