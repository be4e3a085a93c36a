/** Ollama's registry: names in the grammar of ollamaName.ts, and pages on another host. */
import { t } from '../../../base/l10n.ts';
import { isTag } from '../names.ts';
import { isOllamaPart, OLLAMA_DEFAULTS, splitOllamaName } from '../ollamaName.ts';
import { type HostNames, type RegistryHost, twoParts } from './host.ts';

const { host: REGISTRY, namespace: LIBRARY } = OLLAMA_DEFAULTS;

function isRepository(text: string): boolean {
  const [owner, model] = twoParts(text) ?? [];
  return owner !== undefined && isOllamaPart('namespace', owner) && isOllamaPart('model', model ?? '');
}

const names: HostNames = {
  isRepository,
  isNamespace: (text) => isOllamaPart('namespace', text) || isRepository(text),
  isTag: (text) => isTag(text) && isOllamaPart('tag', text),
  repositoryRule: () =>
    t(
      'a name on {0} is owner/model, each at most 80 letters, digits, “_” and “-”; the model may also have “.”',
      REGISTRY,
    ),
  tagProblem: (tag) => (isTag(tag) ? t('a tag on {0} has at most 80 characters', REGISTRY) : undefined),
};

/**
 * Expands the rest of `ollama://` as Ollama does: it may name another host (`ollama://hf.co/org/repo:Q8_0`), if
 * that can be told from a namespace.
 */
function expandScheme(text: string): string {
  if (text.toLowerCase().startsWith(`${REGISTRY}/`)) return text;
  const { host } = splitOllamaName(text.split('@', 1)[0] ?? '');
  return host === 'localhost' || /[.:]/.test(host) ? text : `${REGISTRY}/${text}`;
}

/** See {@link REGISTRY}. */
export const ollama: RegistryHost = {
  registry: REGISTRY,
  title: 'Ollama',
  aliases: [],
  schemes: { ollama: expandScheme },
  sites: ['ollama.com', 'www.ollama.com'],
  /** `library/qwen2.5-coder:1.5b`, `owner/model/tags`. */
  readPage: ([owner, model]) =>
    owner === undefined || model === undefined ? undefined : `${owner}/${model}`,
  page({ repository, tag }) {
    if (twoParts(repository) === undefined) return undefined;
    return `https://ollama.com/${repository}${tag === undefined ? '' : `:${tag}`}`;
  },
  names,
  completeRepository: (name) => `${LIBRARY}/${name}`,
  shortNames: (repository) => [`ollama://${repository.replace(`${LIBRARY}/`, '')}`],
  ollamaFamily: 'ollama',
};
