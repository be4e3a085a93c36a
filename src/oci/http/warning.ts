/**
 * Warnings of a registry to the person behind a client (distribution-spec, "Warnings"):
 *   Warning ::= "299" SP "-" SP quoted-string, at most 4096 bytes
 */
import { printable } from './answerErrors.ts';

const WARNING = /^299 - "((?:[^"\\]|\\.)*)"$/;

/** Returns the texts of `Warning` lines, each on one line. Lines of another form are left out. */
export function parseWarnings(headerLines: readonly string[]): string[] {
  return headerLines.flatMap((line) => {
    const text = line.length > 4096 ? undefined : WARNING.exec(line.trim())?.[1];
    return text === undefined ? [] : [printable(text.replace(/\\(.)/g, '$1'))];
  });
}
