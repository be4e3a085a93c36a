/** The beginning-of-sequence token of a prompt. */

/**
 * Tells if a BOS token has to be put before the tokens of a prompt: if the vocabulary wants one
 * (`tokenizer.ggml.add_bos_token`) and the template has not written it already. llama.cpp removes the template's and
 * adds its own, which comes to the same tokens.
 */
export function promptBos(prompt: string, vocabulary: { addBos: boolean; bosToken: string }): boolean {
  const { addBos, bosToken } = vocabulary;
  return addBos && (bosToken === '' || !prompt.startsWith(bosToken));
}
