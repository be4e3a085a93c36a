/** Hugging Face, which serves its GGUF repositories as a registry, with names and tags of its own. */
import { t } from '../../../base/l10n.ts';
import { MAX_PATH_LENGTH } from '../names.ts';
import { type HostNames, type RegistryHost, twoParts } from './host.ts';

const REGISTRY = 'huggingface.co';
const SHORT = 'hf.co';

const COMPONENT = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*$/;
/** A file's whole name may stand as the tag, and may be longer than one. */
const FILE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/;
/** First parts of pages that are no owner. */
const SECTIONS: ReadonlySet<string> = new Set([
  'api',
  'blog',
  'collections',
  'datasets',
  'docs',
  'papers',
  'settings',
  'spaces',
  'v2',
]);

function isName(text: string): boolean {
  const parts = text.split('/');
  return text.length <= MAX_PATH_LENGTH && parts.length <= 2 && parts.every((part) => COMPONENT.test(part));
}

const names: HostNames = {
  isRepository: isName,
  isNamespace: isName,
  isTag: (text) => FILE_TAG.test(text),
  repositoryRule: () =>
    t('a name on {0} is owner/model, made of letters, digits, “.”, “_” and “-”', REGISTRY),
};

/** `org/Repo-GGUF/blob/main/file.gguf` names a file; other pages name the repository. */
function readPage([owner, model, view, , file, deeper]: readonly string[]): string | undefined {
  if (owner === undefined || model === undefined || SECTIONS.has(owner)) return undefined;
  const isFile = (view === 'blob' || view === 'resolve') && file !== undefined && deeper === undefined;
  return `${owner}/${model}${isFile ? `:${file}` : ''}`;
}

/** See {@link REGISTRY}. */
export const huggingFace: RegistryHost = {
  registry: REGISTRY,
  title: 'Hugging Face',
  aliases: [SHORT],
  schemes: { hf: (rest) => `${REGISTRY}/${rest}` },
  sites: [REGISTRY, SHORT],
  readPage,
  page({ repository }) {
    const owner = twoParts(repository)?.[0];
    return owner === undefined || SECTIONS.has(owner) ? undefined : `https://huggingface.co/${repository}`;
  },
  names,
  shortNames: (repository) => [`${SHORT}/${repository}`],
  ollamaFamily: 'huggingface',
  explain(status, reason, what) {
    if (status !== 400 || !/shard/i.test(reason)) return undefined;
    return {
      code: 'unsupported-artifact',
      message: t(
        '{0} is split into several files, which Hugging Face cannot serve as one model. Choose a quantization that is a single file.',
        what,
      ),
    };
  },
};
