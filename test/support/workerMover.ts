/** Pulls in a thread, as the extension does them. */
import { fileURLToPath } from 'node:url';
import { silentLog } from '../../src/base/log.ts';
import { anonymous } from '../../src/oci/index.ts';
import { WorkerMover, type WorkerMoverOptions } from '../../src/transfer/index.ts';

const ENTRY = fileURLToPath(new URL('../../src/transfer/worker/moveMain.ts', import.meta.url));
const HASH_ENTRY = fileURLToPath(new URL('../../src/transfer/worker/hashMain.ts', import.meta.url));

/** A mover whose thread has no proxies and no logins, but for what `options` say. */
export function workerMover(options: Partial<WorkerMoverOptions> = {}): WorkerMover {
  return new WorkerMover({
    entry: ENTRY,
    hashEntry: HASH_ENTRY,
    network: () => ({
      settings: { env: {}, systemCertificates: false },
      preferEditor: false,
      mirrors: [],
      plainHttp: false,
      userAgent: 'oci-models-test',
    }),
    credentials: anonymous,
    log: silentLog,
    ...options,
  });
}
