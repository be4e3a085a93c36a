/**
 * Tools and calls as text. Bundled on its own and loaded when a server does not take tools, because it has the reader of
 * all forms of calls and the writer of templates.
 */
export { calledAsText, describedTools } from '../../inference/template/index.ts';
export { readRequiredCall } from '../readRequiredCall.ts';
