/**
 * Every address of the registry API (distribution-spec, "Endpoints"). Paths are made of checked parts: hosts,
 * repository names, tags and digests of the grammars in names.ts and digest.ts.
 *
 * `base` is the address before `/v2/`, without a slash at its end: `https://ghcr.io`, or for a mirror with a path of
 * its own `https://example.com/artifactory`.
 */

/** Returns the address that tells a registry from other servers, and accepts or refuses the login. */
export function apiUrl(base: string): string {
  return `${base}/v2/`;
}

/** @param selector a tag or a digest. */
export function manifestUrl(base: string, repository: string, selector: string): string {
  return `${base}/v2/${repository}/manifests/${selector}`;
}

/**
 * Returns the address that pushes a manifest by digest and tags it in the same request (distribution-spec, "Pushing
 * Manifests").
 */
export function taggedManifestUrl(
  base: string,
  repository: string,
  digest: string,
  tags: readonly string[],
): string {
  const query = tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join('&');
  return `${manifestUrl(base, repository, digest)}${query === '' ? '' : `?${query}`}`;
}

export function blobUrl(base: string, repository: string, digest: string): string {
  return `${base}/v2/${repository}/blobs/${digest}`;
}

/** The query that starts an upload. */
export interface UploadQuery {
  /** A blob that another repository of the same registry may have. */
  readonly mount?: { readonly digest: string; readonly from: string } | undefined;
  /** The digest's algorithm, if it is not sha256. */
  readonly algorithm?: string | undefined;
}

export function uploadsUrl(base: string, repository: string, { mount, algorithm }: UploadQuery = {}): string {
  const query = new URLSearchParams();
  if (mount !== undefined) {
    query.set('mount', mount.digest);
    query.set('from', mount.from);
  }
  if (algorithm !== undefined && algorithm !== 'sha256') query.set('digest-algorithm', algorithm);
  return `${base}/v2/${repository}/blobs/uploads/${query.size === 0 ? '' : `?${query}`}`;
}

/** Returns the address that ends an upload. The session's own query stays as the registry wrote it. */
export function uploadEndUrl(session: URL, digest: string): string {
  const separator = session.search === '' ? '?' : '&';
  return `${session.href.replace(/[?#]$/, '')}${separator}digest=${encodeURIComponent(digest)}`;
}

/** @param pageSize names in one answer, at most 1000, which is ECR's limit. */
export function tagsUrl(base: string, repository: string, pageSize: number): string {
  return `${base}/v2/${repository}/tags/list?n=${pageSize}`;
}

/** @param pageSize names in one answer. */
export function catalogUrl(base: string, pageSize: number): string {
  return `${base}/v2/_catalog?n=${pageSize}`;
}

/** @param artifactType returns only these, if the registry can filter. */
export function referrersUrl(
  base: string,
  repository: string,
  digest: string,
  artifactType?: string,
): string {
  const query = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`;
  return `${base}/v2/${repository}/referrers/${digest}${query}`;
}

/** Returns the tag that lists the referrers of a digest on registries without the referrers API: `sha256-abc…`. */
export function referrersTag(digest: string): string {
  return digest.replace(':', '-').slice(0, 128);
}

/** Adds the upstream registry of a mirror to `url`, as containerd and its mirrors do. */
export function withUpstream(url: string, upstream: string): string {
  const result = new URL(url);
  result.searchParams.set('ns', upstream);
  return result.href;
}
