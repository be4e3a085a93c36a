/**
 * The grammar of names in the distribution API (distribution/reference, reference.go):
 *   name       ::= [ domain "/" ] path
 *   domain     ::= host [ ":" digits ]        host ::= label ( "." label )*  |  "[" hex and colons "]"
 *   path       ::= component ( "/" component )*
 *   component  ::= [a-z0-9]+ ( separator [a-z0-9]+ )*     separator ::= "." | "_" | "__" | "-"+
 *   tag        ::= [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
 */

/** Longest path of a name, characters, as distribution/reference has it. */
export const MAX_PATH_LENGTH = 255;

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::([0-9]+))?$`);
const COMPONENT = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Returns the port of a domain, empty if it has none, or undefined if `text` is no domain. */
export function domainPort(text: string): string | undefined {
  const match = DOMAIN.exec(text);
  return match === null ? undefined : (match[1] ?? '');
}

/** Tells whether `text` is a registry's host, with or without a port. */
export function isRegistryHost(text: string): boolean {
  return text.length <= MAX_PATH_LENGTH && DOMAIN.test(text);
}

/** Tells whether `text` is a repository's name without the registry. */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_PATH_LENGTH && PATH.test(text);
}

/** Tells whether `text` is a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}
