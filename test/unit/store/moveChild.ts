/** A process that moves models and kills itself before a step: `moveChild.ts <from> <to> <step number>`. */
import { ModelStore, moveModels } from '../../../src/store/index.ts';

const [from = '', to = '', at = ''] = process.argv.slice(2);
let seen = 0;
const onStep = (): void => {
  if (seen++ === Number(at)) process.kill(process.pid, 'SIGKILL');
};
const report = await moveModels(
  await ModelStore.open(from, { onStep }),
  await ModelStore.open(to, { onStep }),
);
process.stdout.write(JSON.stringify({ seen, moved: report.moved }));
