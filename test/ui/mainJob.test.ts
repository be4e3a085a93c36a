import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { mainJob } from './scenario.ts';

test('the main job in VS Code', { timeout: 900_000 }, (t) => mainJob(t, 'main-job', { extension: ROOT }));
