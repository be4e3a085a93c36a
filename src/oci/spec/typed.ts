/** Model names as people type and paste them into a box: commands of other tools, and names in the wrong case. */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { quoted } from '../../base/text.ts';
import { hostOf } from './hosts.ts';
import { parseReference, type Reference } from './reference.ts';
import { expandShorthand, isModelPage } from './shorthand.ts';

/** Longest text that is searched for a command, in characters. */
const MAX_COMMAND_LENGTH = 2048;

/** Options of the commands below that take the next word as their value. */
const WITH_VALUE: ReadonlySet<string> = new Set(
  // Of several tools, of oras, podman and crane, and of hf.
  `--platform --output -o --username -u --password -p --identity-token
  --backend --context-size
  --ca-file --cert-file --concurrency --config --from-oci-layout-path --header -H --key-file --registry-config --resolve
  --arch --authfile --cert-dir --creds --decryption-key --os --policy --retry --retry-delay --variant
  --cache_path -c --format
  --cache-dir --exclude --include --local-dir --max-workers --repo-type --revision --token --type`.split(
    /\s+/,
  ),
);

/** Options of the commands below that have no value. */
const FLAGS: ReadonlySet<string> = new Set(
  '-q --quiet -v --verbose -d --debug -a --all-tags --insecure --plain-http -k --keep-old-files --tls-verify'.split(
    ' ',
  ),
);

type NameOf = (words: readonly string[]) => string | undefined;

/** The first words of a command, and how the rest of it names a model. */
interface PastedCommand {
  readonly start: RegExp;
  readonly nameOf: NameOf;
}

const firstWord: NameOf = ([name]) => name;

function onHuggingFace(name: string | undefined): string | undefined {
  return name === undefined || /^(?:hf\.co|huggingface\.co)\//i.test(name) ? name : `hf.co/${name}`;
}

/** `org/repo file.gguf`: Hugging Face's registry takes a file's name as tag. */
const ofDownload: NameOf = ([repository, file]) => {
  const name = onHuggingFace(repository);
  return name !== undefined && file !== undefined && /^[^/]+\.gguf$/i.test(file) ? `${name}:${file}` : name;
};

const COMMANDS: readonly PastedCommand[] = [
  { start: /^docker model (?:pull|run) /, nameOf: firstWord },
  { start: /^(?:docker|podman|nerdctl|oras|crane|kit) pull /, nameOf: firstWord },
  { start: /^ollama (?:pull|run) /, nameOf: ([name]) => (name === undefined ? name : `ollama://${name}`) },
  {
    start: /^ramalama (?:pull|run|serve) /,
    nameOf: ([name]) => (name === undefined || name.includes('://') ? name : `ollama://${name}`),
  },
  { start: /^(?:hf|huggingface-cli) download /, nameOf: ofDownload },
  { start: /^llama-(?:cli|server) (?:-hf|-hfr|--hf-repo) /, nameOf: ([name]) => onHuggingFace(name) },
];

/** A word of a command line, parts of which may be in quotation marks. The last mark may be missing. */
const WORD = /(?:"[^"]*"?|'[^']*'?|[^\s"'])+/g;

function wordsOf(text: string): string[] {
  return (text.match(WORD) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

/** Returns the words of a command that are neither options nor their values. */
function operands(words: readonly string[]): string[] {
  return words.filter((word, at) => !word.startsWith('-') && !WITH_VALUE.has(words[at - 1] ?? ''));
}

/**
 * Tells if the first operand of a command can be no value of an option: all options before it are known. The value may
 * be a password.
 */
function isFirstSure(words: readonly string[]): boolean {
  const [first = ''] = operands(words);
  return words
    .slice(0, words.indexOf(first))
    .every((word) => !word.startsWith('-') || word.includes('=') || FLAGS.has(word) || WITH_VALUE.has(word));
}

/** The model that a command names. */
interface NamedInCommand {
  readonly name: string;
  /** False if it may be the value of an option. */
  readonly isSure: boolean;
}

/** Returns the model in a pasted command, or undefined if the text is no such command. */
function readCommand(text: string): NamedInCommand | undefined {
  if (text.length > MAX_COMMAND_LENGTH) return undefined;
  const line = text
    .replace(/^[$>]\s+/, '')
    .replace(/\s+/g, ' ')
    .replace(/^sudo /, '');
  for (const { start, nameOf } of COMMANDS) {
    const match = start.exec(line);
    if (match === null) continue;
    const words = wordsOf(line.slice(match[0].length));
    const name = nameOf(operands(words));
    return name === undefined ? undefined : { name, isSure: isFirstSure(words) };
  }
  return undefined;
}

/**
 * Reads a text that nobody typed as a model's name, such as the content of the clipboard. Only a known command, the page
 * of a model, and a name that can hardly be anything else are taken: one below `ai/` or on a known registry, or a full
 * name with a host, at least two further parts and a tag, or a digest. A command's name is only taken if it cannot be the value of an option.
 * @returns undefined for anything else.
 */
export function recognizeReference(text: string): Reference | undefined {
  const trimmed = text.trim();
  const command = readCommand(trimmed);
  const { name, isSure } = command ?? { name: trimmed, isSure: isUnmistakable(trimmed) };
  const isKnown = /^https?:/i.test(name) ? isModelPage(name) : isSure;
  if (!isKnown) return undefined;
  try {
    return parseTypedReference(trimmed);
  } catch {
    return undefined;
  }
}

/** Tells whether a text begins as models are named, or names a host, a repository of two parts or more, and a version. */
function isUnmistakable(text: string): boolean {
  // A scheme, or a page without one.
  if (expandShorthand(text) !== text) return true;
  const [, host = '', rest = ''] = /^([^/\s]+)\/(\S+)$/.exec(text) ?? [];
  if (host === 'ai' || hostOf(host) !== undefined) return true;
  if (!/^localhost(?::\d+)?$|[.:]/.test(host)) return false;
  // Addresses of services have a password or a token where a model would have its tag, below a single name.
  return /@sha256:/.test(rest) || /^[^:@]+\/[^:@/]+:/.test(rest);
}

/** Characters that are pasted along unseen: those without width, and those of direction. */
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/** Marks around a name in a text: quotation marks, those of code, and those of a link. */
const MARKED = /^(?:"([^"]*)"|'([^']*)'|`([^`]*)`|“([^”]*)”|<([^>]*)>)$/;

/** The path of a file or folder, as systems write them. */
const PATH = /^(?:file:|[a-z]:[\\/]|\\\\|~?\/|\.{1,2}[\\/])/i;

/** Returns a text without what is pasted along with a name: marks around it, a sentence's end, and what nobody sees. */
function bare(text: string): string {
  const seen = text.replaceAll(UNSEEN, '').trim();
  const inside =
    MARKED.exec(seen)
      ?.slice(1)
      .find((part) => part !== undefined) ?? seen;
  return inside.trim().replace(/(?<=[\da-z])[.,;]+$/i, '');
}

/** Writes a name in lower case; tags and digests, in which the case counts, stay. */
function inLowerCase(text: string): string {
  const [, name = '', rest = ''] = /^(.*?)((?::[^/:@]*)?(?:@.*)?)$/s.exec(text) ?? [];
  return `${name.toLowerCase()}${rest}`;
}

/**
 * Reads a model reference as {@link parseReference} does, also out of marks, and out of a pasted command such as
 * `docker model pull ai/smollm2`, `ollama run qwen3:0.6b` or `hf download org/repo`. A name that is valid only in lower
 * case is taken in lower case.
 * @throws ModelError `reference-invalid`, about the name in the case in which it was typed.
 */
export function parseTypedReference(text: string): Reference {
  const trimmed = bare(text);
  if (PATH.test(trimmed)) {
    const message = t(
      '{0} is a path on this machine, not the name of a model. Models of other tools come with “Import Models from Other Tools…”.',
      quoted(trimmed, 120),
    );
    throw new ModelError('reference-invalid', message);
  }
  const name = readCommand(trimmed)?.name ?? trimmed;
  try {
    return parseReference(name);
  } catch (error) {
    try {
      return parseReference(inLowerCase(name));
    } catch {
      throw error;
    }
  }
}
