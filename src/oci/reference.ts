/** A model's name in a registry. */

export interface Reference {
  /** Host, with the port where there is one; Docker Hub is `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}
