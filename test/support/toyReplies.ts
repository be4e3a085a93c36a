/** What the toy models answer, whatever they are asked. */

/** The answer of `toy:chat`. */
export const CHAT_REPLY = 'Hello from the toy model, running on your own machine.';

/** The line that `toy:code` answers with, in a fence. */
export const CODE_LINE = '  return a - b;';

/** The part of an answer that makes a new file. */
export const NEW_FILE_REPLY = `sum.ts
<<<<<<< SEARCH
=======
export const sum = 1;
>>>>>>> REPLACE`;

/** The answer of `toy:files`: a change of the sample's `math.ts`, and a new file. */
export const FILES_REPLY = `math.ts
<<<<<<< SEARCH
  return a + b;
=======
  return a - b;
>>>>>>> REPLACE

${NEW_FILE_REPLY}`;

/** The text that `toy:fim` fills every hole with. */
export const FILLED = 'return a + b;';

/** A file whose variable is renamed in its first line. */
export const EDITED_FILE = 'let total = 1;\nprint(total);\nend(1);\n';
/** The whole of it as `toy:edits` writes it when it is asked for the next edit. */
export const NEXT_EDIT = 'let sum = 1;\nif (sum > 0) {\n  print(sum);\n}\nend(1);\n';
