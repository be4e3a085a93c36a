/** Texts beside the one around the cursor that help to complete code. */
export { inStableOrder } from './contextFile.ts';
export { declarationAt } from './declaration.ts';
export { diffText, type Edit, EditHistory, editBetween, type LastEdit } from './editHistory.ts';
export { type NamePlace, namesNear } from './identifiers.ts';
export { mostSimilarPart } from './similarPart.ts';
