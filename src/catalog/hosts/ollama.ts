/** Ollama, whose registry answers 404 to every request for a list and is therefore not asked. */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { ollama as host } from '../../oci/spec/hosts/ollama.ts';
import type { CatalogHost } from './catalogHost.ts';

async function refuse(): Promise<never> {
  throw new ModelError(
    'not-found',
    t(
      'Ollama’s registry does not list models or tags. Look for one on ollama.com and pull it by name, such as ollama://qwen2.5-coder:1.5b.',
    ),
    { registry: host.registry },
  );
}

/** The lists of Ollama. */
export const ollama: CatalogHost = {
  registry: host.registry,
  offers: [],
  repositories: refuse,
  tags: refuse,
};
