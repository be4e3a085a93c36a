/** Logins from credential helpers: the keychains of Docker Desktop, macOS, Windows, `pass`, and clouds. */
import * as z from 'zod';
import { isModelError, ModelError } from '../base/error.ts';
import { asLocalized, t } from '../base/l10n.ts';
import { printable } from '../oci/http/answerErrors.ts';
import type { Credential } from '../oci/spec/credential.ts';
import { hostOfKey, sameHost } from './authKey.ts';
import type { CredentialEnvironment } from './environment.ts';
import { findHelper, helperFolders, isHelperName } from './helperPath.ts';
import { type HelperRun, HelperRunError, runHelper } from './helperProcess.ts';

/** Milliseconds. A keychain may ask the user first. */
const TIMEOUT_MS = 30_000;
/** Milliseconds for which a login is cached, as in regclient. */
const FOUND_MS = 60 * 60_000;
/** Milliseconds for which a missing login is cached, since `docker login` may add it. */
const NONE_MS = 60_000;
/** Milliseconds until a failed helper is run again. */
const FAILED_MS = 5_000;
/** Cached answers. A registry has one for each helper. */
const MAX_KEPT = 200;

const NOT_FOUND = 'credentials not found in native keychain';
/** The user name of an identity token. */
const TOKEN_USER = '<token>';

const answer = z.object({ Username: z.string().nullish(), Secret: z.string().nullish() });

/** Settings of a {@link HelperSource}. */
export interface HelperSourceOptions {
  readonly environment: CredentialEnvironment;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds that a helper may take. Defaults to 30000. */
  readonly timeoutMs?: number | undefined;
}

interface Kept {
  readonly server: string;
  readonly login: Promise<Credential | undefined>;
  /** Milliseconds since 1970; Infinity while the helper runs. */
  until: number;
}

/**
 * Parses a helper's answer. Returns undefined if it has no login.
 * @throws HelperRunError for any other answer.
 */
export function parseHelperAnswer({ exitCode, stdout }: HelperRun): Credential | undefined {
  const text = stdout.trim();
  if (exitCode !== 0) {
    if (text === NOT_FOUND) return undefined;
    // A failure is described in words. An object may be an answer that contains the secret.
    throw new HelperRunError(
      text === '' || text.startsWith('{')
        ? t('it failed (exit code {0})', exitCode ?? '–')
        : asLocalized(printable(text).replace(/\.$/, '')), // the helper's own words
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new HelperRunError(t('its answer is not JSON'));
  }
  const parsed = answer.safeParse(json);
  if (!parsed.success) throw new HelperRunError(t('its answer is not a login'));
  const { Username: username, Secret: secret } = parsed.data;
  if (username === TOKEN_USER) return secret ? { identityToken: secret } : undefined;
  if (!username && !secret) return undefined;
  return { username: username ?? '', password: secret ?? '' };
}

/** Asks `docker-credential-<name>` programs, and caches their answers for a while. */
export class HelperSource {
  readonly #environment: CredentialEnvironment;
  readonly #now: () => number;
  readonly #timeoutMs: number;
  readonly #kept = new Map<string, Kept>();

  constructor({ environment, now = Date.now, timeoutMs = TIMEOUT_MS }: HelperSourceOptions) {
    this.#environment = environment;
    this.#now = now;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Returns the login that a helper keeps under a server's key, or undefined if it has none. Concurrent callers share
   * one run.
   * @param helper the part after `docker-credential-`.
   * @throws ModelError `auth-denied` if the helper is missing, cannot be run, or fails.
   */
  async get(helper: string, server: string): Promise<Credential | undefined> {
    const key = `${helper} ${server}`;
    const before = this.#kept.get(key);
    if (before !== undefined && this.#now() < before.until) return before.login;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const login = this.#ask(helper, server);
    const kept: Kept = { server, login, until: Number.POSITIVE_INFINITY };
    this.#kept.set(key, kept);
    const keepFor = (ms: number): void => {
      kept.until = this.#now() + ms;
    };
    login.then(
      (found) => keepFor(found === undefined ? NONE_MS : FOUND_MS),
      () => keepFor(FAILED_MS),
    );
    return login;
  }

  /** Forgets answers, so that the helpers are asked again. @param registry defaults to all registries. */
  forget(registry?: string): void {
    const host = registry === undefined ? undefined : sameHost(registry);
    for (const [key, { server }] of this.#kept) {
      if (host === undefined || sameHost(hostOfKey(server)) === host) this.#kept.delete(key);
    }
  }

  async #ask(helper: string, server: string): Promise<Credential | undefined> {
    try {
      if (!isHelperName(helper)) throw new HelperRunError(t('its name is not valid'));
      const path = await findHelper(helper, this.#environment);
      if (path === undefined) throw new HelperRunError(t('it is not installed'));
      const folders = helperFolders(this.#environment);
      const { env } = this.#environment;
      const run = { path, action: 'get', input: server, env, folders, timeoutMs: this.#timeoutMs } as const;
      return parseHelperAnswer(await runHelper(run));
    } catch (error) {
      if (isModelError(error)) throw error;
      throw this.#failure(helper, error);
    }
  }

  #failure(helper: string, cause: unknown): ModelError {
    const name = `docker-credential-${printable(helper)}`;
    const reason = cause instanceof HelperRunError ? cause.reason : t('it cannot be run');
    const message = t(
      'The credential helper {0} returned no login: {1}. Repair it, remove it from Docker’s or podman’s configuration, or sign in to the registry here.',
      name,
      reason,
    );
    return new ModelError('auth-denied', message, { cause });
  }
}
