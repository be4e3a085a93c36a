/** Pulls a model in a process of its own, which a test kills: `pullChild.ts <reference> <store>`. */
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { pullModel } from '../../src/transfer/index.ts';

const [, , reference = '', root = ''] = process.argv;
// A child whose test is gone must not go on.
process.on('disconnect', () => process.exit(1));

const registry = new RegistryClient();
const store = await ModelStore.open(root);
await pullModel(parseReference(reference), {
  registry,
  store,
  onProgress: (progress) => process.send?.(progress),
});
await registry.close();
process.exit(0);
