/**
 * A process that starts a download and then stays, for tests that kill it.
 * Arguments: the store's folder, the digest, the size, how many bytes to write.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ModelStore } from '../../../src/store/index.ts';

const [root = '', digest = '', size = '', count = ''] = process.argv.slice(2);
const store = await ModelStore.open(root);
const ingest = await store.openIngest({ mediaType: '', digest, size: Number(size) });
ingest.write(Buffer.alloc(Number(count), 7), 0);
// What was written is recorded a moment later.
while ((await store.ingestState(digest))?.doneBytes !== Number(count)) await delay(5);
process.stdout.write('ready\n');
setInterval(() => undefined, 1000);
