/**
 * A model's name in a registry.
 *
 * Grammar (distribution/reference, reference.go), after the shorthands of {@link expandShorthand}:
 *   reference  ::= name [ ":" tag ] [ "@" digest ]
 *   name       ::= [ domain "/" ] path
 *   domain     ::= host [ ":" digits ]        host ::= label ( "." label )*  |  "[" hex and colons "]"
 *   path       ::= component ( "/" component )*
 *   component  ::= [a-z0-9]+ ( separator [a-z0-9]+ )*     separator ::= "." | "_" | "__" | "-"+
 *   tag        ::= [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
 * The first part is a domain only when it is `localhost` or has a dot, a colon or an upper-case letter.
 * Hugging Face and Ollama allow upper case in names, and Hugging Face a whole file name as the tag.
 */
import { ModelError } from '../../base/error.ts';
import { digestProblem, explainDigestProblem } from './digest.ts';
import { isOllamaPart } from './ollamaName.ts';
import { DOCKER_HUB, expandShorthand, HUGGING_FACE, hasLogin, LOGIN_REFUSAL, OLLAMA } from './shorthand.ts';

export interface Reference {
  /** Host, with the port where there is one; Docker Hub is `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** What stands in for the parts that a short name leaves out. */
export interface ReferenceDefaults {
  readonly registry: string;
  /** Put before a name without a slash, on {@link ReferenceDefaults.registry}; empty for none. */
  readonly namespace: string;
  readonly tag: string;
}

/** `gemma3` is `docker.io/ai/gemma3:latest`, as in Docker Model Runner. */
export const DEFAULTS: ReferenceDefaults = { registry: DOCKER_HUB, namespace: 'ai', tag: 'latest' };

/** Longest path of a name, characters, as distribution/reference has it. */
const MAX_PATH_LENGTH = 255;
/** Longest text that is looked at: domain, path, tag and a sha512 digest have room in it. Characters. */
const MAX_TEXT_LENGTH = 1024;

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::([0-9]+))?$`);
const COMPONENT = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
/** One component of a name on hosts that take upper case. */
const RELAXED_COMPONENT = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
/** A file name of a Hugging Face repository, which may be longer than a tag. */
const FILE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/;
const IDENTIFIER = /^(?:sha256:)?[a-f0-9]{64}$/i;

function invalid(text: string, reason: string): ModelError {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return new ModelError('reference-invalid', `“${shown}” is not a model reference: ${reason}.`);
}

/** Whether `text` is a registry's host, with a port or without, in the grammar above. */
export function isRegistryHost(text: string): boolean {
  return text.length <= MAX_PATH_LENGTH && DOMAIN.test(text);
}

/** Whether `text` is a repository's name, without the registry, in the grammar above. */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_PATH_LENGTH && PATH.test(text);
}

/** Whether `text` is an owner or `owner/model` on Hugging Face, where names may have upper-case letters. */
export function isHuggingFaceName(text: string): boolean {
  const parts = text.split('/');
  return (
    text.length <= MAX_PATH_LENGTH && parts.length <= 2 && parts.every((part) => RELAXED_COMPONENT.test(part))
  );
}

/** Whether `text` is a tag in the grammar above. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** `index.docker.io` and `registry-1.docker.io` are names of `docker.io`, and `hf.co` of `huggingface.co`. */
export function canonicalRegistry(host: string): string {
  const lower = host.toLowerCase();
  if (lower === 'index.docker.io' || lower === 'registry-1.docker.io' || lower === DOCKER_HUB)
    return DOCKER_HUB;
  if (lower === 'hf.co' || lower === HUGGING_FACE) return HUGGING_FACE;
  return lower === OLLAMA ? OLLAMA : host;
}

function isDomain(first: string): boolean {
  return first === 'localhost' || /[.:A-Z]/.test(first);
}

/** The text before and after the first `separator`; `undefined` after where there is none. */
function cut(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Splits off the tag: what follows the last colon after the last slash. */
function cutTag(text: string): [string, string | undefined] {
  const colon = text.lastIndexOf(':');
  return cut(text, colon > text.lastIndexOf('/') ? colon : -1);
}

function checkDomain(text: string, domain: string): void {
  const port = DOMAIN.exec(domain);
  if (port === null) throw invalid(text, `“${domain}” is not a registry's host name`);
  if (port[1] !== undefined && Number(port[1]) > 65_535) {
    throw invalid(text, `the port ${port[1]} is larger than 65535`);
  }
}

function checkPath(text: string, registry: string, path: string): void {
  if (path === '') throw invalid(text, 'it has no repository name');
  if (path.length > MAX_PATH_LENGTH) {
    throw invalid(text, `its name is longer than ${MAX_PATH_LENGTH} characters`);
  }
  if (registry === OLLAMA) {
    const [namespace = '', model = '', more] = path.split('/');
    const valid = isOllamaPart('namespace', namespace) && isOllamaPart('model', model);
    if (valid && more === undefined) return;
    throw invalid(
      text,
      `a name on ${registry} is owner/model, each of at most 80 letters, digits, “_” and “-”, and “.” in the model`,
    );
  }
  if (registry === HUGGING_FACE) {
    if (isHuggingFaceName(path)) return;
    throw invalid(text, `a name on ${registry} is owner/model, of letters, digits, “.”, “_” and “-”`);
  }
  if (PATH.test(path)) return;
  if (PATH.test(path.toLowerCase())) {
    throw invalid(
      text,
      `its name has upper-case letters; write “${path.toLowerCase()}”, or start with hf.co/ for Hugging Face`,
    );
  }
  throw invalid(
    text,
    `“${path}” is not a repository name, which is lower-case letters and digits with “.”, “_”, “-” or “/” between`,
  );
}

function checkTag(text: string, registry: string, tag: string): void {
  if (registry === OLLAMA && TAG.test(tag) && !isOllamaPart('tag', tag)) {
    throw invalid(text, `a tag on ${registry} has at most 80 characters`);
  }
  if ((registry === HUGGING_FACE ? FILE_TAG : TAG).test(tag)) return;
  if (tag === '') throw invalid(text, 'nothing follows the colon; write a tag there or leave the colon out');
  if (TAG.test(tag.slice(0, 128))) throw invalid(text, 'its tag is longer than 128 characters');
  throw invalid(
    text,
    `“${tag}” is not a tag, which is letters, digits, “.”, “_” and “-”, not starting with “.” or “-”`,
  );
}

function checkDigest(text: string, digest: string): void {
  const problem = digestProblem(digest);
  if (problem !== undefined) {
    throw invalid(text, `“${digest}” is not a digest, ${explainDigestProblem(problem)}`);
  }
}

function checkText(text: string): void {
  if (text === '') {
    throw new ModelError(
      'reference-invalid',
      'No model is named. Write a reference such as gemma3 or ai/smollm2.',
    );
  }
  if (hasLogin(text)) throw new ModelError('reference-invalid', LOGIN_REFUSAL);
  if (text.length > MAX_TEXT_LENGTH) throw invalid(text, 'it is too long');
  if (/[\s\p{Cc}]/u.test(text)) throw invalid(text, 'it has white space in it');
  if (IDENTIFIER.test(text)) {
    throw invalid(text, 'a digest alone does not say where the model is; write name@sha256:…');
  }
}

/** The registry and the path of `name`, with the defaults put in. */
function locate(
  text: string,
  name: string,
  defaults: ReferenceDefaults,
): { registry: string; repository: string } {
  const [first, rest] = cut(name, name.indexOf('/'));
  if (rest === undefined || !isDomain(first)) {
    const prefix =
      rest === undefined && name !== '' && defaults.namespace !== '' ? `${defaults.namespace}/` : '';
    return { registry: defaults.registry, repository: `${prefix}${name}` };
  }
  checkDomain(text, first);
  const registry = canonicalRegistry(first);
  if (rest === '' || rest.includes('/')) return { registry, repository: rest };
  if (registry === OLLAMA) return { registry, repository: `library/${rest}` };
  if (registry !== DOCKER_HUB) return { registry, repository: rest };
  const { namespace } = defaults.registry === DOCKER_HUB ? defaults : DEFAULTS;
  return { registry, repository: namespace === '' ? rest : `${namespace}/${rest}` };
}

/**
 * Reads a model reference as people type and paste it: `gemma3`, `ai/smollm2:135M-Q4_0`,
 * `ghcr.io/org/model@sha256:…`, `ollama://qwen2.5-coder:1.5b`, `hf.co/org/Repo-GGUF:Q4_K_M`,
 * `oci://…`, `docker://…`, and addresses of pages on hub.docker.com, ollama.com and huggingface.co.
 * The default tag is taken only when there is neither a tag nor a digest.
 * @throws ModelError `reference-invalid`, with what is wrong.
 */
export function parseReference(text: string, defaults: ReferenceDefaults = DEFAULTS): Reference {
  const trimmed = text.trim();
  checkText(trimmed);
  const expanded = expandShorthand(trimmed);
  const [named, digest] = cut(expanded, expanded.indexOf('@'));
  const [name, tag] = cutTag(named);
  const { registry, repository } = locate(trimmed, name, defaults);
  checkPath(trimmed, registry, repository);
  if (tag !== undefined) checkTag(trimmed, registry, tag);
  if (digest !== undefined) checkDigest(trimmed, digest);
  const wanted = tag ?? (digest === undefined ? defaults.tag : undefined);
  return {
    registry,
    repository,
    ...(wanted === undefined ? {} : { tag: wanted }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function suffix(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  return reference.digest === undefined ? tag : `${tag}@${reference.digest}`;
}

/** The whole name: `docker.io/ai/gemma3:latest`, `ghcr.io/org/model@sha256:…`. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

function* shortNames(reference: Reference, defaults: ReferenceDefaults): Generator<string> {
  const { registry, repository } = reference;
  if (registry === HUGGING_FACE) yield `hf.co/${repository}`;
  if (registry === OLLAMA) yield `ollama://${repository.replace(/^library\//, '')}`;
  if (registry !== defaults.registry) return;
  const prefix = `${defaults.namespace}/`;
  if (defaults.namespace !== '' && repository.startsWith(prefix)) yield repository.slice(prefix.length);
  yield repository;
}

/**
 * The short name that people use: `gemma3:latest`, `ghcr.io/org/model:tag`, `ollama://qwen2.5-coder:1.5b`.
 * {@link parseReference} with the same defaults reads it as `reference` again: a name that would be read as
 * something else stays long.
 */
export function familiarReference(reference: Reference, defaults: ReferenceDefaults = DEFAULTS): string {
  const whole = formatReference(reference);
  for (const name of shortNames(reference, defaults)) {
    const short = `${name}${suffix(reference)}`;
    try {
      if (formatReference(parseReference(short, defaults)) === whole) return short;
    } catch {
      // This short name is not one that can be read back, so a longer one is taken.
    }
  }
  return whole;
}
