/** Finds out with short conversations what a template can render. */
import { shapeOf, type Turn, type TurnShape } from './turns.ts';

/** The part of a conversation that a template renders. */
export interface TemplateAbilities {
  readonly system: boolean;
  /** Describes the tools that it is given. */
  readonly tools: boolean;
  readonly toolCalls: boolean;
  readonly toolResults: boolean;
  /** Thoughts can be switched off. */
  readonly thoughts: boolean;
  readonly consecutiveUsers: boolean;
}

/** Renders a conversation. @returns undefined if the template refuses it. */
export type Probe = (
  turns: readonly Turn[],
  options?: { readonly shape?: TurnShape; readonly tool?: string; readonly thinking?: boolean },
) => string | undefined;

/** Words that no template has. */
const [FIRST, SECOND, CALLED, ARGUMENT, RESULT] = [
  'ZqFirst',
  'ZqSecond',
  'ZqCalled',
  'ZqArgument',
  'ZqResult',
];

const USER: Turn = { role: 'user', content: FIRST };
const CALL: readonly Turn[] = [
  USER,
  {
    role: 'assistant',
    content: '',
    calls: [{ id: 'call00001', name: CALLED, arguments: { argument: ARGUMENT } }],
  },
  { role: 'tool', content: RESULT, callId: 'call00001', toolName: CALLED },
  { role: 'assistant', content: SECOND },
  { role: 'user', content: FIRST },
];

/** Finds out how the template wants its messages. */
export function probeShape(probe: Probe, template: string): TurnShape {
  const shape = shapeOf(template);
  const typedContent =
    !has(probe([USER], { shape }), FIRST) &&
    has(probe([USER], { shape: { ...shape, typedContent: true } }), FIRST);
  const objectArguments = has(probe(CALL, { shape: { ...shape, typedContent } }), ARGUMENT);
  return { ...shape, typedContent, objectArguments };
}

/** @param probe renders in the shape that the template wants. */
export function probeAbilities(probe: Probe, template: string): TemplateAbilities {
  const withCall = probe(CALL);
  const toolCalls = has(withCall, CALLED) && has(withCall, ARGUMENT);
  return {
    system: has(probe([{ role: 'system', content: SECOND }, USER]), SECOND),
    tools: has(probe([USER], { tool: CALLED }), CALLED),
    toolCalls,
    // A template that writes any role has written this one as well, of which its model knows nothing.
    toolResults: has(withCall, RESULT) && (toolCalls || /\btool/.test(template)),
    thoughts: probe([USER], { thinking: false }) !== probe([USER], { thinking: true }),
    consecutiveUsers: has(probe([USER, { role: 'user', content: SECOND }]), SECOND),
  };
}

function has(rendered: string | undefined, word: string | undefined): boolean {
  return rendered !== undefined && word !== undefined && rendered.includes(word);
}
