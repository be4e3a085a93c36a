/** Templates in place of one that is missing or cannot be used. */

/** ChatML, which most small models know. */
export const CHATML = `{%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}`;

/**
 * Names and texts, for models without the marks of any form. Models write a space behind the colon themselves, so an
 * answer begins with one; written twice, it would make other tokens of the answer than those that were evaluated.
 */
export const PLAIN = `{%- for message in messages -%}
{%- if message.role == 'system' -%}
{{- message.content + '\\n\\n' -}}
{%- else -%}
{{- ('Assistant: ' if message.role == 'assistant' else 'User: ') + (message.content | trim) + '\\n\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- 'Assistant:' -}}
{%- endif -%}`;

/** Chooses by the marks that the vocabulary has. */
export function genericTemplate(specialTexts: readonly string[]): { name: string; template: string } {
  const hasChatMl = specialTexts.includes('<|im_start|>') && specialTexts.includes('<|im_end|>');
  return hasChatMl ? { name: 'ChatML', template: CHATML } : { name: 'User/Assistant', template: PLAIN };
}
