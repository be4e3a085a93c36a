/**
 * Scopes of registry tokens (distribution, docs/spec/auth/scope.md):
 *   scope ::= type ":" name ":" action ( "," action )*
 * The name may contain colons (`host:5000/a`), so the type ends at the first colon and the actions start after
 * the last one.
 */

/** The scope for listing a registry's repositories. */
export const CATALOG_SCOPE = 'registry:catalog:*';

/** Sorts actions and removes repeated and empty ones. `*` absorbs all others. */
function cleanActions(actions: readonly string[]): string[] {
  const kept = new Set(actions.filter((action) => action !== ''));
  return kept.has('*') ? ['*'] : [...kept].sort();
}

/** Makes `repository:<path>:pull`, or an empty text without actions. @param repository without the registry. */
export function repositoryScope(repository: string, actions: readonly string[] = ['pull']): string {
  const cleaned = cleanActions(actions);
  return cleaned.length === 0 ? '' : `repository:${repository}:${cleaned.join(',')}`;
}

/**
 * Sorts and merges scopes: one for each resource, its actions sorted, `*` absorbing the others. Scopes without actions
 * are dropped, and text that is not a scope is kept. Joined by spaces, the result is the token's cache key.
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

/** Tells whether one of the scopes in `demanded`, separated by spaces, is for the resource of `scope`. */
export function namesResourceOf(scope: string, demanded: string): boolean {
  const resource = scope.slice(0, scope.lastIndexOf(':') + 1);
  return demanded.split(' ').some((one) => one.slice(0, one.lastIndexOf(':') + 1) === resource);
}

/** Tells whether scopes only ask to read, so that anonymous access may do. */
export function isReadOnly(scopes: readonly string[]): boolean {
  return scopes.every((scope) => scope === CATALOG_SCOPE || /^repository:.*:pull$/.test(scope));
}
