/**
 * Content that a registry does not have and that its descriptor locates on other servers (image-spec, descriptor.md,
 * `urls`). containerd and Docker fetch it from there, containerd even before it asks the registry, so any publisher can
 * make a machine send requests. Here the registry is asked first, addresses in a manifest lead no further than a
 * redirect by its registry could (zone.ts), and no login is sent there.
 */
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { parseUrl } from '../../base/url.ts';
import { type Answerer, leadTo } from '../http/zone.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { printable } from '../spec/reason.ts';
import type { DirectAddress } from './requester.ts';

/** Returns the addresses of a descriptor that may be asked, in order. @param from the registry's answer. */
export function addressesElsewhere({ urls = [] }: Descriptor, from: Answerer): DirectAddress[] {
  return urls.flatMap((text) => {
    const url = parseUrl(text);
    if (url === undefined || url.username !== '' || url.password !== '') return [];
    const within = leadTo(from, url);
    return within === undefined ? [] : [{ url, within, isForeign: true }];
  });
}

/**
 * Returns the error of content that neither the registry nor the servers in its descriptor have.
 * @param missing the registry's error.
 * @param failure the last server's error; undefined if none of the addresses may be asked.
 */
export function notElsewhere(
  { urls = [] }: Descriptor,
  missing: ModelError,
  failure: unknown,
): ModelError | undefined {
  const [first] = urls;
  if (first === undefined) return undefined;
  if (isModelError(failure) && failure.code !== 'not-found') return failure;
  const host = parseUrl(first)?.host ?? printable(first).slice(0, 100);
  const message =
    failure === undefined
      ? t(
          '{0} does not store one of the files, and {1}, which the manifest names for it, may not be asked from here. Tell the publisher, or pull another tag.',
          missing.registry ?? '',
          host,
        )
      : t(
          '{0} does not store one of the files, and {1}, which the manifest names for it, does not have it either. Tell the publisher, or pull another tag.',
          missing.registry ?? '',
          host,
        );
  return new ModelError('not-found', message, {
    cause: missing,
    ...(missing.registry === undefined ? {} : { registry: missing.registry }),
    ...(missing.status === undefined ? {} : { status: missing.status }),
  });
}
