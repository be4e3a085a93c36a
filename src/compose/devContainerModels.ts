/**
 * Reads the models of a devcontainer.json. The specification has no key for models, and leaves `customizations` to tools,
 * each with a member of its own name: ours is a list, `"customizations": { "oci-models": { "models": ["ai/smollm2"] } }`.
 */
import { type Document, isMap, isScalar, isSeq } from 'yaml';
import { type Entry, type NamedModels, readNamedModels } from './named.ts';

/** Strings, in which nothing is a comment, and comments. Each ends where the text does at the latest. */
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

export function readDevContainerModels(text: string): NamedModels {
  return readNamedModels(text, {
    mayName: (whole) => whole.includes('"oci-models"') && whole.includes('"models"'),
    toYaml: withoutComments,
    entriesOf,
  });
}

/** JSON with comments becomes JSON, which is YAML. Spaces take the place of comments, so that all else stays at its own. */
function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (piece) =>
    piece.startsWith('"') ? piece : piece.replace(/[^\r\n]/g, ' '),
  );
}

function entriesOf({ contents }: Document): Entry[] {
  let node: unknown = contents;
  for (const key of ['customizations', 'oci-models', 'models']) {
    if (!isMap(node)) return [];
    // As in JSON, the last of several members counts.
    node = node.items.findLast((pair) => isScalar(pair.key) && pair.key.value === key)?.value;
  }
  if (!isSeq(node)) return [];
  return node.items.flatMap((item, index) => {
    if (!isScalar(item) || typeof item.value !== 'string') return [];
    const [start, end] = item.range ?? [];
    if (start === undefined || end === undefined) return [];
    return [{ key: `${index}`, name: item.value, start, end }];
  });
}
