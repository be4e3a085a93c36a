/** Files that look like secrets get no completions. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { looksSecret } from '../../../../src/assist/index.ts';

describe('files that look like secrets', () => {
  test('are those with keys, logins and environments', () => {
    for (const path of [
      '/w/.env',
      '/w/.env.production',
      '/w/prod.env',
      'C:\\w\\.ENV.local',
      '/w/server.pem',
      '/w/server.key',
      '/w/store.p12',
      '/home/u/.ssh/config',
      '/w/id_rsa',
      '/w/id_ed25519.pub',
      '/home/u/.npmrc',
      '/home/u/.netrc',
      '/home/u/.aws/credentials',
      '/home/u/.docker/config.json',
      '/home/u/.kube/config',
      '/w/secrets.yaml',
      '/w/app-secrets.json',
      '/w/credentials',
      '/w/prod.tfvars',
      '/w/terraform.tfstate',
      '/w/service-account-prod.json',
    ])
      assert.ok(looksSecret(path), path);
  });

  test('are not those that are about them', () => {
    for (const path of [
      '/w/src/environment.ts',
      '/w/src/secrets.ts',
      '/w/src/password.py',
      '/w/credentials/chain.ts',
      '/w/keys.ts',
      '/w/README.md',
      '/w/docker/config.json',
      '/w/.envoy.yaml',
      '/w/monkey',
      'Untitled-1',
    ])
      assert.ok(!looksSecret(path), path);
  });
});
