/** A pull in a thread, in a process that can open few files more: `fewFilesChild.ts <reference> <store> <count>`. */
import { closeSync, openSync } from 'node:fs';
import { parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { pullModel } from '../../../src/transfer/index.ts';
import { workerMover } from '../../support/workerMover.ts';

/** Opens files until no more can be opened, and closes `count` of them. */
function leaveFree(count: number): void {
  const open: number[] = [];
  try {
    for (;;) open.push(openSync('/dev/null', 'r'));
  } catch {
    // The limit is reached.
  }
  for (const fd of open.slice(0, count)) closeSync(fd);
}

const [reference = '', folder = '', count = ''] = process.argv.slice(2);
const registry = new RegistryClient();
const mover = workerMover();
const store = await ModelStore.open(folder);
leaveFree(Number(count));
let outcome = 'pulled';
try {
  await pullModel(parseReference(reference), { registry, store, mover });
} catch (error) {
  outcome = String(error);
}
process.stdout.write(outcome, () => process.exit());
