/** Every address of the registry API (distribution-spec, "Endpoints"). Paths are made of checked parts. */

/** @param origin such as `https://ghcr.io`. */
export function apiUrl(origin: string): string {
  return `${origin}/v2/`;
}

/** @param selector a tag or a digest. */
export function manifestUrl(origin: string, repository: string, selector: string): string {
  return `${origin}/v2/${repository}/manifests/${selector}`;
}

export function blobUrl(origin: string, repository: string, digest: string): string {
  return `${origin}/v2/${repository}/blobs/${digest}`;
}

/** @param pageSize names in one answer, at most 1000, which is the most that ECR takes. */
export function tagsUrl(origin: string, repository: string, pageSize: number): string {
  return `${origin}/v2/${repository}/tags/list?n=${pageSize}`;
}

/** @param pageSize names in one answer. */
export function catalogUrl(origin: string, pageSize: number): string {
  return `${origin}/v2/_catalog?n=${pageSize}`;
}
