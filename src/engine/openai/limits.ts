/** Bounds of what a server may answer. */

/** Characters of one answer with its thoughts and arguments: four times what fits into 262,144 tokens of prose. */
export const MAX_ANSWER_CHARACTERS = 4 * 1024 * 1024;
