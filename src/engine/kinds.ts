/** The kinds of engines, in the order in which they are offered a model. */
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import type { Engine, ModelSource } from '../inference/index.ts';
import type { SpareHosts } from './llama/process/spareHosts.ts';
import { ProcessEngine } from './llama/processEngine.ts';
import type { EndpointAccess } from './openai/endpointClient.ts';
import { EndpointEngine } from './openai/endpointEngine.ts';

/** Everything that engines are created with. */
export interface EngineServices {
  /** Absolute path of the entry point of llama.cpp's process. */
  readonly hostPath: string;
  /** Absolute path of the folder below which states of conversations are saved. Defaults to not saving any. */
  readonly stateFolder?: string | undefined;
  /** Absolute path of a folder for compiled code. Defaults to none. */
  readonly codeFolder?: string | undefined;
  readonly spares?: SpareHosts | undefined;
  /** Private folder in which windows find each other's processes. Defaults to not sharing any. */
  readonly doorFolder?: string | undefined;
  /** The way to servers. Without it there is no engine for their models. */
  readonly endpoints?: EndpointAccess | undefined;
  readonly log?: Log | undefined;
}

/** One way to run models. */
export interface EngineKind {
  readonly name: string;
  /** Returns true if it runs models from this source. */
  accepts(source: ModelSource): boolean;
  create(services: EngineServices): Engine;
}

const llama: EngineKind = {
  name: 'llama.cpp',
  accepts: ({ kind }) => kind === 'file',
  create: (services) => new ProcessEngine(services),
};

const openai: EngineKind = {
  name: 'OpenAI-compatible server',
  accepts: ({ kind }) => kind === 'endpoint',
  create: ({ endpoints, log }) => {
    if (endpoints !== undefined) return new EndpointEngine({ access: endpoints, log });
    throw new ModelError('engine-error', t('Models on servers cannot be used here.'));
  },
};

/** All kinds; the first one that accepts a source runs it. */
export const ENGINE_KINDS: readonly EngineKind[] = [llama, openai];

/** Creates engines for sources. @param kinds Defaults to {@link ENGINE_KINDS}. */
export function engineFactory(
  services: EngineServices,
  kinds: readonly EngineKind[] = ENGINE_KINDS,
): (source: ModelSource) => Engine {
  return (source) => {
    const kind = kinds.find((candidate) => candidate.accepts(source));
    if (kind !== undefined) return kind.create(services);
    throw new ModelError(
      'engine-error',
      t('No engine here runs models on a server. Choose a model on this machine.'),
    );
  };
}
