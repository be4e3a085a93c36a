/**
 * The JSON of Docker's `config.json` and podman's `auth.json`: `auths`, `credHelpers` and `credsStore`. The parts
 * are read one by one, so that a broken one does not hide the others.
 */
import { z } from 'zod';
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import type { Credential } from '../oci/spec/credential.ts';
import { type AuthEntry, AuthEntryError, credentialOf, parseAuthEntry } from './authEntry.ts';
import { findKey, serverKey } from './authKey.ts';

const record = z.record(z.string(), z.unknown());

/** A configuration of logins, with entries that were not looked at yet. */
export interface AuthConfig {
  /** The file or the variable that it stands in, for errors. */
  readonly where: string;
  readonly auths: unknown;
  readonly credHelpers: unknown;
  readonly credsStore: unknown;
}

/** A helper to ask, and the key to ask it for. */
export interface HelperChoice {
  /** What follows `docker-credential-`. */
  readonly helper: string;
  readonly server: string;
}

function broken(where: string, reason: Localized, registry?: string): ModelError {
  const message = t(
    'The logins in {0} cannot be used: {1}. Log in again with the program that wrote them, or sign in to the registry here.',
    where,
    reason,
  );
  return new ModelError('auth-denied', message, registry === undefined ? {} : { registry });
}

/** @throws ModelError `auth-denied` where `text` is not a JSON object. An empty text is an empty one. */
function parseObject(text: string, where: string): Record<string, unknown> {
  const json = text.replace(/^\uFEFF/, '').trim();
  if (json === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's message is not kept as the cause: it quotes the text, which has secrets in it.
    throw broken(where, t('they are not JSON'));
  }
  const parsed = record.safeParse(value);
  if (!parsed.success) throw broken(where, t('they are not a JSON object'));
  return parsed.data;
}

/**
 * Reads `config.json`, `auth.json` or `DOCKER_AUTH_CONFIG`.
 * @throws ModelError `auth-denied` where the text is not a JSON object.
 */
export function parseAuthConfig(text: string, where: string): AuthConfig {
  const { auths, credHelpers, credsStore } = parseObject(text, where);
  return { where, auths, credHelpers, credsStore };
}

/**
 * Reads `.dockercfg`, which is nothing but the entries.
 * @throws ModelError `auth-denied` where the text is not a JSON object.
 */
export function parseLegacyConfig(text: string, where: string): AuthConfig {
  return { where, auths: parseObject(text, where), credHelpers: undefined, credsStore: undefined };
}

/** The entries below `field`. @throws ModelError `auth-denied` where they are something else. */
function entries(config: AuthConfig, field: 'auths' | 'credHelpers'): Record<string, unknown> {
  const value = config[field];
  if (value === undefined || value === null) return {};
  const parsed = record.safeParse(value);
  if (!parsed.success) throw broken(config.where, t('{0} is not an object', field));
  return parsed.data;
}

/** Own properties only: a key such as `__proto__` is a key like any other. */
function own(values: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/**
 * The entry of `auths` that belongs to a registry, or undefined. Only this one is read.
 * @throws ModelError `auth-denied` where it is broken.
 */
export function entryIn(config: AuthConfig, registry: string, repository?: string): AuthEntry | undefined {
  const auths = entries(config, 'auths');
  const key = findKey(Object.keys(auths), registry, repository);
  if (key === undefined) return undefined;
  try {
    return parseAuthEntry(own(auths, key));
  } catch (error) {
    if (!(error instanceof AuthEntryError)) throw error;
    throw broken(config.where, t('the entry of {0} is broken: {1}', registry, error.reason), registry);
  }
}

/** The login of a registry in `auths`, or undefined. @throws ModelError `auth-denied` as {@link entryIn}. */
export function loginIn(config: AuthConfig, registry: string, repository?: string): Credential | undefined {
  const entry = entryIn(config, registry, repository);
  return entry === undefined ? undefined : credentialOf(entry);
}

/**
 * The helper of `credHelpers` for a registry, under the key that stands there.
 * @returns undefined where there is none, and `disabled` where its name is empty, which turns helpers off.
 * @throws ModelError `auth-denied` where `credHelpers` is no object or the name is no text.
 */
export function helperIn(config: AuthConfig, registry: string): HelperChoice | 'disabled' | undefined {
  const helpers = entries(config, 'credHelpers');
  const key = findKey(Object.keys(helpers), registry);
  if (key === undefined) return undefined;
  const helper = own(helpers, key);
  if (typeof helper !== 'string')
    throw broken(config.where, t('the helper of {0} is not a string', registry), registry);
  return helper === '' ? 'disabled' : { helper, server: key };
}

/** The helper of `credsStore`, which keeps the logins of all registries. @throws ModelError `auth-denied`. */
export function storeIn(config: AuthConfig, registry: string): HelperChoice | undefined {
  const helper = config.credsStore;
  if (helper === undefined || helper === null || helper === '') return undefined;
  if (typeof helper !== 'string') throw broken(config.where, t('{0} is not a string', 'credsStore'));
  return { helper, server: serverKey(registry) };
}
