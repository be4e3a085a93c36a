/** The pages of models in a browser, of the hosts that have one with a fixed address. */
import { DOCKER_HUB, HUGGING_FACE, OLLAMA, type Reference } from '../oci/index.ts';

/** The part of a reference that has a page. */
export type PageName = Pick<Reference, 'registry' | 'repository' | 'tag'>;

type Page = (name: PageName) => string;

/** The addresses that people open and paste. A reference may be written as one of the first three. */
const PAGES: Readonly<Record<string, Page>> = {
  [DOCKER_HUB]: ({ repository }) => {
    const official = /^library\/(.+)$/.exec(repository)?.[1];
    return `https://hub.docker.com/${official === undefined ? `r/${repository}` : `_/${official}`}`;
  },
  [HUGGING_FACE]: ({ repository }) => `https://huggingface.co/${repository}`,
  [OLLAMA]: ({ repository, tag }) => `https://ollama.com/${repository}${tag === undefined ? '' : `:${tag}`}`,
  'quay.io': ({ repository }) => `https://quay.io/repository/${repository}`,
};

/** Returns the address of a model's page, or undefined if its registry has none that is known. */
export function webPage(name: PageName): string | undefined {
  return Object.hasOwn(PAGES, name.registry) ? PAGES[name.registry]?.(name) : undefined;
}
