/**
 * Scopes of registry tokens (distribution, docs/spec/auth/scope.md):
 *   scope ::= type ":" name ":" action ( "," action )*
 * The name may hold colons (`host:5000/a`), so the type ends at the first colon and the actions start after
 * the last one.
 */

/** What a listing of a registry's repositories needs. */
export const CATALOG_SCOPE = 'registry:catalog:*';

/** Sorted, without repeats and without empty ones; `*` stands for all others. */
function cleanActions(actions: readonly string[]): string[] {
  const kept = new Set(actions.filter((action) => action !== ''));
  return kept.has('*') ? ['*'] : [...kept].sort();
}

/** `repository:<path>:pull`, or an empty text where no action is given. @param repository without the registry. */
export function repositoryScope(repository: string, actions: readonly string[] = ['pull']): string {
  const cleaned = cleanActions(actions);
  return cleaned.length === 0 ? '' : `repository:${repository}:${cleaned.join(',')}`;
}

/**
 * The scopes sorted and merged: one for each resource, its actions sorted, `*` absorbing the others. Scopes
 * without actions go; text that is no scope stays as it is. Joined by spaces, the result is the token's key.
 */
export function cleanScopes(scopes: readonly string[]): string[] {
  const resources = new Map<string, string[]>();
  const others = new Set<string>();
  for (const scope of scopes) {
    const first = scope.indexOf(':');
    const last = scope.lastIndexOf(':');
    if (first === last) {
      if (scope !== '') others.add(scope);
      continue;
    }
    const resource = scope.slice(0, last);
    resources.set(resource, [...(resources.get(resource) ?? []), ...scope.slice(last + 1).split(',')]);
  }
  for (const [resource, actions] of resources) {
    const cleaned = cleanActions(actions);
    if (cleaned.length > 0) others.add(`${resource}:${cleaned.join(',')}`);
  }
  return [...others].sort();
}

/** Tells whether one of the scopes of a challenge, separated by spaces, is for the resource of `scope`. */
export function namesResourceOf(scope: string, demanded: string): boolean {
  const resource = scope.slice(0, scope.lastIndexOf(':') + 1);
  return demanded.split(' ').some((one) => one.slice(0, one.lastIndexOf(':') + 1) === resource);
}

/** Whether scopes only ask to read, so that anonymous access may do. */
export function isReadOnly(scopes: readonly string[]): boolean {
  return scopes.every((scope) => scope === CATALOG_SCOPE || /^repository:.*:pull$/.test(scope));
}
