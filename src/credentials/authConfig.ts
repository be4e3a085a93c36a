/**
 * The JSON of Docker's `config.json` and podman's `auth.json`: `auths`, `credHelpers` and `credsStore`. Its parts are
 * read one by one, so that a broken one does not hide the others.
 */
import * as z from 'zod';
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import type { Credential } from '../oci/spec/credential.ts';
import { type AuthEntry, AuthEntryError, credentialOf, parseAuthEntry } from './authEntry.ts';
import { findKey, serverKey } from './authKey.ts';

const record = z.record(z.string(), z.unknown());

/** A configuration of logins whose entries are still unread. */
export interface AuthConfig {
  /** Its file or environment variable, for errors. */
  readonly where: string;
  readonly auths: unknown;
  readonly credHelpers: unknown;
  readonly credsStore: unknown;
}

/** A helper, and the key to ask it for. */
export interface HelperChoice {
  /** The part after `docker-credential-`. */
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

/** Parses a JSON object. An empty text is an empty object. @throws ModelError `auth-denied` for any other text. */
function parseObject(text: string, where: string): Record<string, unknown> {
  const json = text.replace(/^\uFEFF/, '').trim();
  if (json === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's message is not kept as the cause, because it quotes the text, which contains secrets.
    throw broken(where, t('they are not JSON'));
  }
  const parsed = record.safeParse(value);
  if (!parsed.success) throw broken(where, t('they are not a JSON object'));
  return parsed.data;
}

/**
 * Parses `config.json`, `auth.json` or `DOCKER_AUTH_CONFIG`.
 * @throws ModelError `auth-denied` if the text is not a JSON object.
 */
export function parseAuthConfig(text: string, where: string): AuthConfig {
  const { auths, credHelpers, credsStore } = parseObject(text, where);
  return { where, auths, credHelpers, credsStore };
}

/**
 * Parses `.dockercfg`, which consists of the entries.
 * @throws ModelError `auth-denied` if the text is not a JSON object.
 */
export function parseLegacyConfig(text: string, where: string): AuthConfig {
  return { where, auths: parseObject(text, where), credHelpers: undefined, credsStore: undefined };
}

/** Returns the entries in `field`. @throws ModelError `auth-denied` if they are not an object. */
function entries(config: AuthConfig, field: 'auths' | 'credHelpers'): Record<string, unknown> {
  const value = config[field];
  if (value === undefined || value === null) return {};
  const parsed = record.safeParse(value);
  if (!parsed.success) throw broken(config.where, t('{0} is not an object', field));
  return parsed.data;
}

/** Returns an own property. A key such as `__proto__` is a key like any other. */
function own(values: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/**
 * Returns the entry of `auths` for a registry, or undefined. Other entries are not parsed.
 * @throws ModelError `auth-denied` if it is broken.
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

/** Returns the login of a registry in `auths`, or undefined. @throws ModelError as {@link entryIn}. */
export function loginIn(config: AuthConfig, registry: string, repository?: string): Credential | undefined {
  const entry = entryIn(config, registry, repository);
  return entry === undefined ? undefined : credentialOf(entry);
}

/**
 * Returns the helper of a registry in `credHelpers`, with its key there, or undefined. An empty name turns helpers off,
 * which is `disabled`.
 * @throws ModelError `auth-denied` if `credHelpers` is not an object or the name is not a string.
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

/** Returns the helper in `credsStore`, which keeps the logins of all registries. @throws ModelError `auth-denied`. */
export function storeIn(config: AuthConfig, registry: string): HelperChoice | undefined {
  const helper = config.credsStore;
  if (helper === undefined || helper === null || helper === '') return undefined;
  if (typeof helper !== 'string') throw broken(config.where, t('{0} is not a string', 'credsStore'));
  return { helper, server: serverKey(registry) };
}
