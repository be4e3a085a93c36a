/** What the parts of the registry client share. */
import { ModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import { digestOf, parseDigest, shortDigest } from './digest.ts';
import type { HttpClient } from './http.ts';
import type { Platform } from './platform.ts';
import { formatReference, type Reference } from './reference.ts';
import type { RegistryRequest, Requester } from './requester.ts';
import { repositoryScope } from './scope.ts';

/** A request before it is known how the registry is reached. */
export interface RequestParts {
  readonly url: (origin: string) => string;
  readonly scopes: readonly string[];
  /** What it is for, for errors: a reference, `the tags of …`. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

export interface RegistryContext {
  readonly http: HttpClient;
  readonly requester: Requester;
  readonly log: Log;
  readonly platform: Platform;
  /** A request with the registry's origin put in. @throws ModelError `reference-invalid`. */
  request(registry: string, parts: RequestParts): RegistryRequest;
  /** Runs a small request again where that may help. */
  retry<Result>(attempt: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result>;
}

/** A request for something in the repository of a reference. */
export function repositoryRequest(
  context: RegistryContext,
  reference: Reference,
  parts: Omit<RequestParts, 'scopes' | 'what'>,
): RegistryRequest {
  const scopes = [repositoryScope(reference.repository)];
  return context.request(reference.registry, { ...parts, scopes, what: formatReference(reference) });
}

/** @throws ModelError `digest-mismatch` where `bytes` are not what `digest` says. */
export function verifyDigest(bytes: Uint8Array, digest: string, what: string): void {
  const actual = digestOf(bytes, parseDigest(digest).algorithm);
  if (actual === digest) return;
  const message = `What the registry sent for ${what} is not what was asked for: its digest is ${shortDigest(actual)}, not ${shortDigest(digest)}. Try again; if it stays so, the registry's copy is damaged.`;
  throw new ModelError('digest-mismatch', message);
}

/** The error of content whose size is not what its descriptor says. @param actual bytes. @param expected bytes. */
export function sizeMismatch(what: string, actual: number, expected: number): ModelError {
  const message = `The registry has ${actual} bytes of ${what}, where its manifest promises ${expected}. The registry's copy is damaged; tell the publisher.`;
  return new ModelError('size-mismatch', message);
}
