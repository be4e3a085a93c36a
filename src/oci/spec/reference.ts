/**
 * A model's name in a registry.
 *
 * Grammar (distribution/reference, reference.go), after the shorthands of {@link expandShorthand}; names.ts has
 * that of its parts:
 *   reference  ::= name [ ":" tag ] [ "@" digest ]
 * The first part of a name is a domain only if it is `localhost` or has a dot, a colon or an upper-case letter.
 * Some hosts take other names and tags (hosts.ts).
 */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { digestProblem, explainDigestProblem } from './digest.ts';
import { DOCKER_NAMESPACE, dockerHub } from './hosts/dockerHub.ts';
import { canonicalRegistry, hostOf, namesOn } from './hosts.ts';
import { domainPort, isRepositoryName, isTag, MAX_PATH_LENGTH } from './names.ts';
import { expandShorthand, hasLogin, loginRefusal } from './shorthand.ts';

/** A model's name, or that of one of its versions. */
export interface Reference {
  /** Host, with its port if it has one; Docker Hub is `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** The parts that a short name leaves out. */
export interface ReferenceDefaults {
  readonly registry: string;
  /** Prefix of names without a slash on {@link ReferenceDefaults.registry}; may be empty. */
  readonly namespace: string;
  readonly tag: string;
}

/** `gemma3` is `docker.io/ai/gemma3:latest`, as in Docker Model Runner. */
export const DEFAULTS: ReferenceDefaults = {
  registry: dockerHub.registry,
  namespace: DOCKER_NAMESPACE,
  tag: 'latest',
};

/** Longest text that is parsed, in characters. A domain, a path, a tag and a sha512 digest fit. */
const MAX_TEXT_LENGTH = 1024;

const IDENTIFIER = /^(?:sha256:)?[a-f0-9]{64}$/i;

function invalid(text: string, reason: Localized): ModelError {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return new ModelError('reference-invalid', t('“{0}” is not a model reference: {1}.', shown, reason));
}

function isDomain(first: string): boolean {
  return first === 'localhost' || /[.:A-Z]/.test(first);
}

/** Splits around position `at`. Nothing follows if `at` is negative. */
function cut(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Splits off the tag: what follows the last colon after the last slash. */
function cutTag(text: string): [string, string | undefined] {
  const colon = text.lastIndexOf(':');
  return cut(text, colon > text.lastIndexOf('/') ? colon : -1);
}

function checkDomain(text: string, domain: string): void {
  const port = domainPort(domain);
  if (port === undefined) throw invalid(text, t('“{0}” is not a host name', domain));
  if (Number(port) > 65_535) throw invalid(text, t('port {0} is larger than 65535', port));
}

function checkPath(text: string, registry: string, path: string): void {
  if (path === '') throw invalid(text, t('it has no repository name'));
  if (path.length > MAX_PATH_LENGTH) {
    throw invalid(text, t('its name is longer than {0} characters', MAX_PATH_LENGTH));
  }
  const { isRepository, repositoryRule } = namesOn(registry);
  if (isRepository(path)) return;
  if (repositoryRule !== undefined) throw invalid(text, repositoryRule());
  const lower = path.toLowerCase();
  if (isRepositoryName(lower)) {
    throw invalid(
      text,
      t('its name has upper-case letters; write “{0}”, or start with hf.co/ for Hugging Face', lower),
    );
  }
  throw invalid(
    text,
    t(
      '“{0}” is not a repository name, which is lower-case letters and digits separated by “.”, “_”, “-” or “/”',
      path,
    ),
  );
}

function checkTag(text: string, registry: string, tag: string): void {
  const names = namesOn(registry);
  if (names.isTag(tag)) return;
  const special = names.tagProblem?.(tag);
  if (special !== undefined) throw invalid(text, special);
  if (tag === '') throw invalid(text, t('nothing follows the colon; add a tag or remove the colon'));
  if (isTag(tag.slice(0, 128))) throw invalid(text, t('its tag is longer than 128 characters'));
  throw invalid(
    text,
    t(
      '“{0}” is not a tag, which is letters, digits, “.”, “_” and “-”, and does not start with “.” or “-”',
      tag,
    ),
  );
}

function checkDigest(text: string, digest: string): void {
  const problem = digestProblem(digest);
  if (problem !== undefined) {
    throw invalid(text, t('“{0}” is not a digest: {1}', digest, explainDigestProblem(problem)));
  }
}

function checkText(text: string): void {
  if (text === '') {
    throw new ModelError('reference-invalid', t('Type a model name, for example gemma3 or ai/smollm2.'));
  }
  if (hasLogin(text)) throw new ModelError('reference-invalid', loginRefusal());
  if (text.length > MAX_TEXT_LENGTH) throw invalid(text, t('it is too long'));
  if (/[\s\p{Cc}]/u.test(text)) throw invalid(text, t('it contains white space'));
  if (IDENTIFIER.test(text)) {
    throw invalid(text, t('a digest alone does not name a model; write name@sha256:…'));
  }
}

/** Completes `name` with the defaults. */
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
  const namespace = defaults.registry === registry ? defaults.namespace : undefined;
  return { registry, repository: hostOf(registry)?.completeRepository?.(rest, namespace) ?? rest };
}

/**
 * Reads a model reference as people type and paste it: `gemma3`, `ai/smollm2:135M-Q4_0`,
 * `ghcr.io/org/model@sha256:…`, `ollama://qwen2.5-coder:1.5b`, `hf.co/org/Repo-GGUF:Q4_K_M`,
 * `oci://…`, `docker://…`, and addresses of pages on the hosts of hosts.ts.
 * The default tag is used only if there is neither a tag nor a digest.
 * @throws ModelError `reference-invalid`.
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
  yield* hostOf(registry)?.shortNames?.(repository) ?? [];
  if (registry !== defaults.registry) return;
  const prefix = `${defaults.namespace}/`;
  if (defaults.namespace !== '' && repository.startsWith(prefix)) yield repository.slice(prefix.length);
  yield repository;
}

/**
 * The short name that people use: `gemma3:latest`, `ghcr.io/org/model:tag`, `ollama://qwen2.5-coder:1.5b`.
 * {@link parseReference} with the same defaults reads it back as `reference`; a name that it would read as
 * something else stays long.
 */
export function familiarReference(reference: Reference, defaults: ReferenceDefaults = DEFAULTS): string {
  const whole = formatReference(reference);
  for (const name of shortNames(reference, defaults)) {
    const short = `${name}${suffix(reference)}`;
    try {
      if (formatReference(parseReference(short, defaults)) === whole) return short;
    } catch {
      // This one cannot be read back, so try a longer one.
    }
  }
  return whole;
}
