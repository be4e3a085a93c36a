/** Messages as templates get them. */

/** A message of a template. */
export interface TemplateMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly TemplateCall[];
  readonly [field: string]: unknown;
}

export interface TemplateCall {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: unknown };
  readonly id: string;
}
