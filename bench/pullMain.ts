/** One pull with the code of the product, measured from inside. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isModelError } from '../src/base/error.ts';
import { silentLog } from '../src/base/log.ts';
import {
  anonymous,
  formatReference,
  parseReference,
  preloadNetwork,
  RegistryClient,
} from '../src/oci/index.ts';
import { ModelStore } from '../src/store/index.ts';
import {
  DEFAULT_LIMITS,
  type NetworkSnapshot,
  pullModel,
  WorkerMover,
  type WorkerMoverOptions,
} from '../src/transfer/index.ts';

/** What a pull took. */
export interface PullFigures {
  readonly reference: string;
  readonly manifestDigest: string;
  /** Bytes of the model. */
  readonly bytes: number;
  /** Bytes that came over the network; without those of the manifest. */
  readonly fetchedBytes: number;
  /** Milliseconds from the start of this process to the model in the store. */
  readonly ms: number;
  /** Milliseconds of the opening of the store and of the pull alone. */
  readonly pullMs: number;
  /** Millions of bytes of the model in a second of `ms`. */
  readonly megabytesPerSecond: number;
  /** Bytes of memory that this process had at most. */
  readonly peakRssBytes: number;
  /** Milliseconds in which the main thread could not answer, at most, during the pull. */
  readonly longestBlockMs: number;
  /** Seconds of all threads of this process, its start included. */
  readonly cpuSeconds: number;
}

/** Why there is no model. */
export interface PullFailure {
  readonly error: { readonly code: string; readonly message: string };
}

export interface MeasureOptions {
  /** The bundles of the threads: the one that moves bytes, and the one that hashes them. */
  readonly threads: Pick<WorkerMoverOptions, 'entry' | 'hashEntry'>;
  /** Connections at the same time; the product's default where absent. */
  readonly connections?: number;
  readonly signal?: AbortSignal;
}

/** Proxies come from the environment, as they do in the extension. */
const NETWORK: NetworkSnapshot = {
  settings: {},
  preferEditor: false,
  mirrors: [],
  plainHttp: false,
  userAgent: 'oci-models-bench',
};
/** Milliseconds between two looks at the event loop. */
const RESOLUTION_MS = 1;

/** Pulls `name` into the store at `folder`. */
export async function measurePull(
  name: string,
  folder: string,
  { threads, connections = DEFAULT_LIMITS.connections, signal }: MeasureOptions,
): Promise<PullFigures | PullFailure> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const registry = new RegistryClient();
  const mover = new WorkerMover({
    ...threads,
    network: () => NETWORK,
    credentials: anonymous,
    log: silentLog,
  });
  // The extension does this some seconds after the editor has started.
  await preloadNetwork();
  delays.enable();
  const started = performance.now();
  try {
    const reference = parseReference(name);
    const store = await ModelStore.open(folder);
    const limits = { ...DEFAULT_LIMITS, connections };
    const result = await pullModel(reference, { registry, store, mover, limits, signal });
    const ended = performance.now();
    delays.disable();
    store.dispose();
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    return {
      reference: formatReference(result.reference),
      manifestDigest: result.manifestDigest,
      bytes: result.totalBytes,
      fetchedBytes: result.fetchedBytes,
      ms: ended,
      pullMs: ended - started,
      megabytesPerSecond: result.totalBytes / 1e3 / ended,
      peakRssBytes: maxRSS * 1024,
      // The histogram counts the wait that was asked for as well.
      longestBlockMs: Math.max(0, delays.max / 1e6 - RESOLUTION_MS),
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    };
  } catch (error) {
    if (!isModelError(error)) throw error;
    return { error: { code: error.code, message: error.message } };
  } finally {
    await mover.close();
    await registry.close();
  }
}
