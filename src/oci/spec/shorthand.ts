/** Prefixes and page addresses that people paste where a reference is asked for. */
import { OLLAMA_DEFAULTS, splitOllamaName } from './ollamaName.ts';

/** The name of Docker Hub in references. It connects to `registry-1.docker.io`. */
export const DOCKER_HUB = 'docker.io';
/** Hugging Face, which serves its GGUF repositories as a registry; `hf.co` is its short name. */
export const HUGGING_FACE = 'huggingface.co';
/** Ollama's registry. */
export const OLLAMA = OLLAMA_DEFAULTS.host;

/** `a/b/tags?x#y` → `['a', 'b', 'tags']`. */
function pathParts(path: string): string[] {
  const bare = path.split(/[?#]/, 1)[0] ?? '';
  return bare.split('/').filter((part) => part !== '');
}

/** `hub.docker.com/r/ai/smollm2/tags` and `hub.docker.com/_/ubuntu`; undefined for other pages. */
function hubPage(path: string): string | undefined {
  const [kind, first, second] = pathParts(path);
  if (kind === '_' && first !== undefined) return `${DOCKER_HUB}/library/${first}`;
  const isRepository = kind === 'r' || kind === 'repository' || kind === 'layers';
  if (!isRepository || first === undefined || second === undefined) return undefined;
  return `${DOCKER_HUB}/${first}/${second}`;
}

/** `ollama.com/library/qwen2.5-coder:1.5b`, `ollama.com/owner/model`. */
function ollamaPage(path: string): string | undefined {
  const [owner, model] = pathParts(path);
  return owner === undefined || model === undefined ? undefined : `${OLLAMA}/${owner}/${model}`;
}

/** `huggingface.co/org/Repo-GGUF/blob/main/file.gguf` names a file; other pages name the repository. */
function huggingFacePage(path: string): string | undefined {
  const [owner, model, view, , file, deeper] = pathParts(path);
  if (owner === undefined || model === undefined) return undefined;
  const named = (view === 'blob' || view === 'resolve') && file !== undefined && deeper === undefined;
  return `${HUGGING_FACE}/${owner}/${model}${named ? `:${file}` : ''}`;
}

const PAGES: Readonly<Record<string, (path: string) => string | undefined>> = {
  'hub.docker.com': hubPage,
  'ollama.com': ollamaPage,
  'www.ollama.com': ollamaPage,
  'huggingface.co': huggingFacePage,
  'hf.co': huggingFacePage,
};

/**
 * What follows `ollama://`, as Ollama reads it: the host may be another one (`ollama://hf.co/org/repo:Q8_0`),
 * where it can be told from a namespace.
 */
function expandOllamaName(text: string): string {
  const { host } = splitOllamaName(text.split('@', 1)[0] ?? '');
  return host === 'localhost' || /[.:]/.test(host) ? text : `${OLLAMA}/${text}`;
}

function expandAddress(address: string): string {
  const slash = address.indexOf('/');
  const host = (slash < 0 ? address : address.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? '' : address.slice(slash + 1);
  const page = Object.hasOwn(PAGES, host) ? PAGES[host]?.(path) : undefined;
  return page ?? address;
}

/**
 * A pasted text as a reference that starts with a registry: `oci://` and `docker://` go, `ollama://name:tag`
 * becomes `registry.ollama.ai/library/name:tag`, and the addresses of model pages become the model's name.
 * Text without a prefix comes back as it is.
 */
export function expandShorthand(text: string): string {
  const scheme = /^([a-z]+):\/\//i.exec(text);
  const rest = scheme === null ? text : text.slice(scheme[0].length);
  switch (scheme?.[1]?.toLowerCase()) {
    case undefined:
      return text.startsWith('hub.docker.com/') ? expandAddress(text) : text;
    case 'oci':
    case 'docker':
      return rest;
    case 'hf':
      return `${HUGGING_FACE}/${rest}`;
    case 'ollama':
      return rest.toLowerCase().startsWith(`${OLLAMA}/`) ? rest : expandOllamaName(rest);
    case 'http':
    case 'https':
      return expandAddress(rest);
    default:
      return text;
  }
}

/** Whether an address has a user name or a password in it: `https://user:secret@example.com/model`. */
export function hasLogin(text: string): boolean {
  return /^[a-z]+:\/\/[^/@]*@[^/]*(?:\/|$)/i.test(text) && !/@sha\d+:[0-9a-f]*$/i.test(text);
}

/** Shown instead of the address, which must not appear in a message. */
export const LOGIN_REFUSAL =
  'The address has a user name or a password in it. Leave them out, and sign in to the registry instead.';
