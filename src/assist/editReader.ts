/** Loads the reader of edits when a model is asked for one: it is a tenth of the code, and not needed at start-up. */
import { translationsInUse } from '../base/l10n.ts';

/** Returns the reader, whose bundle has translations of its own. */
export async function editReader() {
  const { useTranslations, createEditReader, readEdit, readFileEdits, goesOn, REASONS } = await import(
    './edit/index.ts'
  );
  useTranslations(translationsInUse());
  return { createEditReader, readEdit, readFileEdits, goesOn, REASONS };
}
