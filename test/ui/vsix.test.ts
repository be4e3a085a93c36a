import { test } from 'node:test';
import { buildVsix } from '../../scripts/support/vsix.ts';
import { mainJob } from './scenario.ts';

test('the main job with the installed VSIX', { timeout: 240_000 }, async (t) => {
  const { path } = await buildVsix();
  await mainJob(t, 'vsix', { vsix: path });
});
