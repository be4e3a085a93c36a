/**
 * A process that starts a download and then stays, for tests that kill it.
 * Arguments: the store's folder, the digest, the size, how many bytes to write.
 */
import { ModelStore } from '../../../src/store/index.ts';

const [root = '', digest = '', size = '', count = ''] = process.argv.slice(2);
const store = await ModelStore.open(root);
const ingest = await store.openIngest({ mediaType: '', digest, size: Number(size) });
await ingest.write([Buffer.alloc(Number(count), 7)]);
process.stdout.write('ready\n');
setInterval(() => undefined, 1000);
