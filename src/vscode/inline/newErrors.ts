/** Compares the errors of a document before and after an edit. Pure. */

/** An error that a language reports, with zero-based lines, both included. */
export interface ReportedError {
  readonly message: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Returns the errors in the lines of an edit that were not there before. Errors move with the lines around them, so they
 * are the same if their messages are.
 * @param edited first and last line of the edit, as the document is now.
 */
export function newErrors(
  before: readonly ReportedError[],
  after: readonly ReportedError[],
  edited: readonly [first: number, last: number],
): ReportedError[] {
  const known = new Map<string, number>();
  for (const { message } of before) known.set(message, (known.get(message) ?? 0) + 1);
  const isInEdit = ({ first, last }: ReportedError): boolean => first <= edited[1] && last >= edited[0];
  // Those elsewhere are matched first: they are the ones that moved.
  for (const { message } of after.filter((one) => !isInEdit(one)))
    known.set(message, (known.get(message) ?? 0) - 1);
  return after.filter(isInEdit).filter(({ message }) => {
    const left = known.get(message) ?? 0;
    known.set(message, left - 1);
    return left <= 0;
  });
}
