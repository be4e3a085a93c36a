/**
 * A call of a tool that the caller requires, if the model answered without one: it is asked once more under a JSON schema
 * that leaves it no choice but to call.
 */
import { type Localized, t } from '../base/l10n.ts';
import type { ToolDefinition } from '../inference/index.ts';

/** The word of JSON Schema for one of several forms that an engine knows. */
export type SchemaChoice = 'oneOf' | 'anyOf';

/** Options of {@link callSchema}. */
export interface CallSchemaOptions {
  /** False for any arguments: a schema may have parts that an engine does not know. */
  readonly withArguments: boolean;
  readonly choice: SchemaChoice;
}

/** Returns the JSON schema of a call of one of the tools: an object of `name` and `arguments`. */
export function callSchema(
  tools: readonly ToolDefinition[],
  { withArguments, choice }: CallSchemaOptions,
): object {
  const anything = { type: 'object', additionalProperties: true };
  const forms = tools.map(({ name, inputSchema }) => ({
    type: 'object',
    properties: { name: { const: name }, arguments: withArguments ? (inputSchema ?? anything) : anything },
    required: ['name', 'arguments'],
    additionalProperties: false,
  }));
  const [only, ...others] = forms;
  return only !== undefined && others.length === 0 ? only : { [choice]: forms };
}

/** Says why there is no call. @param isCut true if the answer ended at a limit of tokens. */
export function noCallMessage(isCut: boolean): Localized {
  return isCut
    ? t('The answer ended at its limit before the call of a tool was complete. Ask for less, or try again.')
    : t('The model did not call a tool, though one is required. Choose a model that knows tools.');
}
