/** Scenarios of registries that ask for a login or say something hostile, which follow each other in one window. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { showHostileText } from './hostileText.ts';
import { onStage, stepsOf } from './scenario.ts';
import { signIn } from './signIn.ts';

test('registries of strangers', { timeout: 900_000 }, async (t) => {
  // Logins of the machine that runs the test must not help.
  const emptyConfig = await mkdtemp(join(tmpdir(), 'oci-models-docker-'));
  t.after(() => rm(emptyConfig, { recursive: true, force: true }));
  const env = {
    DOCKER_CONFIG: emptyConfig,
    DOCKER_AUTH_CONFIG: '',
    REGISTRY_AUTH_FILE: join(emptyConfig, 'none'),
  };
  const step = stepsOf(t);
  await onStage('strangers', { extension: ROOT, env }, async (stage) => {
    await step('signing in to a private registry', (t) => signIn(t, stage));
    await step('text of strangers is nothing but text', (t) => showHostileText(t, stage));
  });
});
