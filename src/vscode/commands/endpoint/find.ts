/** “Find Endpoints on This Machine”: asks the usual ports of the loopback interface, and offers the servers there. */
import { isModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import type { FoundEndpoint } from '../../../engine/index.ts';
import { parseEndpointUrl } from '../../../openaiApi/index.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { pickMany, showInfo, withProgress } from '../../window/notify.ts';
import { settings } from '../../window/settings.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL } from '../when.ts';
import { tryEndpoint } from './questions.ts';

/** The ports that servers listen on unless they are told otherwise. */
const PORTS: readonly (readonly [port: number, program: string])[] = [
  [9931, 'llama-server'],
  [8080, 'llama-server'],
  [11434, 'Ollama'],
  [1234, 'LM Studio'],
  [12434, 'Docker Model Runner'],
  [17434, 'llmman'],
  [8000, 'vLLM'],
  [5273, 'Foundry Local'],
];
/** Milliseconds: a server on this machine answers at once, or is busy with something else. */
const TIMEOUT_MS = 3_000;

export const findEndpoints = defineCommand({
  id: 'ociModels.endpoint.find',
  title: 'Find Endpoints on This Machine',
  icon: 'search',
  when: IN_LOCAL,
  menus: { 'view/title': ['2_endpoints@2'] },
  run,
});

interface Answer {
  readonly url: string;
  readonly program: string;
  /** Undefined if it wants an API key. */
  readonly found: FoundEndpoint | undefined;
}

async function run(services: CommandServices): Promise<void> {
  const answers = await withProgress(t('Looking for servers on this machine'), async (_, token) =>
    ask(services, abortSignalOf(token)),
  );
  const known = new Set(settings.endpoints().map(({ url }) => url));
  const fresh = answers.filter(({ url }) => !known.has(url));
  if (fresh.length === 0) {
    const message =
      answers.length === 0
        ? t('No server answers on the usual ports of this machine. Start one, or add it by its address.')
        : t('All servers that answer on this machine are added already.');
    void showInfo(message);
    return;
  }
  const choices = fresh.map((answer) => ({
    label: answer.found?.server ?? answer.program,
    description: answer.url,
    detail: answer.found?.models.map(({ id }) => id).join(', ') ?? t('asks for an API key'),
    picked: true,
    answer,
  }));
  const picked = await pickMany(choices, { title: t('Add the Endpoints on This Machine') });
  for (const { answer } of picked ?? []) await add(services, answer);
}

async function ask({ endpointBook }: CommandServices, signal: AbortSignal): Promise<Answer[]> {
  const asked = PORTS.map(async ([port, program]): Promise<Answer | undefined> => {
    const url = parseEndpointUrl(`http://localhost:${port}`);
    try {
      const found = await endpointBook.find(url, { signal, timeoutMs: TIMEOUT_MS });
      return { url: found.url, program, found };
    } catch (error) {
      if (isModelError(error, 'cancelled')) throw error;
      // Whatever else is there is no server of models.
      return isModelError(error, 'endpoint-denied')
        ? { url: `http://localhost:${port}/v1`, program, found: undefined }
        : undefined;
    }
  });
  return (await Promise.all(asked)).filter((answer) => answer !== undefined);
}

async function add({ endpointBook }: CommandServices, { url, found }: Answer): Promise<void> {
  if (found !== undefined) {
    await endpointBook.save({ name: found.server, url }, undefined);
    return;
  }
  const answers = await tryEndpoint(endpointBook, parseEndpointUrl(url), t('Add Endpoint'));
  if (answers !== undefined) await endpointBook.save(answers.entry, answers.key);
}
