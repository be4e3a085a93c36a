/** What the toy models answer, whatever they are asked. */

/** The answer of `toy:chat`. */
export const CHAT_REPLY = 'Hello from the toy model, running on your own machine.';

/** The line that `toy:code` answers with, in a fence. */
export const CODE_LINE = '  return a - b;';

/** The text that `toy:fim` fills every hole with. */
export const FILLED = 'return a + b;';
