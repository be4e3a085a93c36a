/** What helps to complete code beside the text around the cursor, as far as that is a matter of texts. */
export { inStableOrder } from './contextFile.ts';
export { declarationAt } from './declaration.ts';
export { diffText, type Edit, EditHistory, editBetween, type LastEdit } from './editHistory.ts';
export { type NamePlace, namesNear } from './identifiers.ts';
export { mostSimilarPart } from './similarPart.ts';
