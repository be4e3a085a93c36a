/** A window in a process of its own: loads a model through the door, says so, and answers until it is killed. */
import { ProcessEngine } from '../../src/engine/index.ts';
import { HOST_PATH, LOAD } from './support.ts';

const [doorFolder = '', modelPath = ''] = process.argv.slice(2);
const engine = new ProcessEngine({ hostPath: HOST_PATH, doorFolder });
await engine.load({ kind: 'file', path: modelPath }, LOAD);
process.send?.({ pid: engine.pid });
const content = 'Tell me a long story. '.repeat(20);
for (;;) await engine.chat({ messages: [{ role: 'user', content }], maxTokens: 200 });
