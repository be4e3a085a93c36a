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
      '/w/id_rsa_work',
      '/w/id_ed25519-github',
      '/w/id_rsa.bak',
      '/w/.env_prod',
      '/w/.env~',
      '/w/.npmrc.bak',
      '/w/server.key.bak',
      '/w/credentials.csv',
      '/w/credentials-prod.json',
      '/w/secrets.prod.yaml',
      '/w/.yarnrc.yml',
      '/w/netrc',
      '/w/kubeconfig',
      '/home/u/.m2/settings.xml',
      '/w/NuGet.Config',
      '/w/prod.tfstate',
      '/w/.vault_pass',
      '/w/.dev.vars',
      '/w/.s3cfg',
      '/w/rclone.conf',
      '/w/app-firebase-adminsdk-1.json',
      '/w/.git/config',
    ])
      assert.ok(looksSecret(path), path);
  });

  test('are not those that are about them', () => {
    for (const path of [
      '/w/src/environment.ts',
      '/w/src/secrets.ts',
      '/w/src/password.py',
      '/w/src/secrets.test.ts',
      '/w/src/password-reset.tsx',
      '/w/tokens.json',
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
