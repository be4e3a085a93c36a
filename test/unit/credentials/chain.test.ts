import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import type { Log } from '../../../src/base/log.ts';
import { entryIn, helperIn, parseAuthConfig, storeIn } from '../../../src/credentials/authConfig.ts';
import { HelperSource } from '../../../src/credentials/helperSource.ts';
import {
  openCredentials,
  PodmanAuthSource,
  SecretSource,
  type SecretStore,
} from '../../../src/credentials/index.ts';
import { podmanAuthPaths } from '../../../src/credentials/podmanAuth.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';
import { authOf, type Machine, makeMachine } from './support.ts';

function memorySecrets(): SecretStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    get: async (key) => values.get(key),
    store: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  };
}

function gatherLog(): { readonly log: Log; readonly warnings: string[]; readonly all: string[] } {
  const warnings: string[] = [];
  const all: string[] = [];
  const keep = (text: string): void => void all.push(text);
  return {
    log: { debug: keep, info: keep, warn: (text) => void warnings.push(text), error: keep },
    warnings,
    all,
  };
}

async function withMachine(
  env: Readonly<Record<string, string>>,
  run: (machine: Machine) => Promise<void>,
): Promise<void> {
  const machine = await makeMachine(env);
  try {
    await run(machine);
  } finally {
    await machine.remove();
  }
}

const entry = (name: string): unknown => ({ auth: authOf(name, 'planted-secret') });
const loginOf = (name: string): unknown => ({ username: name, password: 'planted-secret' });

describe('the order of logins', () => {
  test('secrets, variable, credHelpers, credsStore, auths, podman, .dockercfg', async () => {
    await withMachine({}, async (machine) => {
      const say = (name: string): string =>
        `cat >/dev/null; echo '{"Username":"${name}","Secret":"planted-secret"}'`;
      const registry = 'r.example';
      const secrets = new SecretSource(memorySecrets());
      const steps: readonly [name: string, remove: () => Promise<unknown>][] = [
        ['secrets', () => secrets.delete(registry)],
        ['helper', () => rm(join(machine.folder, 'bin', 'docker-credential-own'))],
        ['store', () => rm(join(machine.folder, 'bin', 'docker-credential-all'))],
        ['auths', () => rm(join(machine.home, '.docker/config.json'))],
        ['podman', () => rm(join(machine.home, '.config/containers/auth.json'))],
        ['dockercfg', () => rm(join(machine.home, '.dockercfg'))],
      ];
      await secrets.set(registry, { username: 'secrets', password: 'planted-secret' });
      await machine.helper('own', say('helper'));
      await machine.helper('all', say('store'));
      const config = {
        credHelpers: { [registry]: 'own' },
        credsStore: 'all',
        auths: { [registry]: entry('auths') },
      };
      await machine.write('home/.docker/config.json', config);
      await machine.write('home/.config/containers/auth.json', { auths: { [registry]: entry('podman') } });
      await machine.write('home/.dockercfg', { [`https://${registry}/v1/`]: entry('dockercfg') });
      const { log, warnings, all } = gatherLog();
      let now = 0;
      const chain = openCredentials({ own: secrets, environment: machine.environment, log, now: () => now });
      for (const [name, remove] of steps) {
        assert.deepEqual(await chain.get(registry), loginOf(name), name);
        await remove();
        now += 24 * 3600_000;
      }
      assert.equal(await chain.get(registry), undefined);
      // Both helpers are missing now; each is told once, however often it was asked.
      assert.equal(warnings.length, 2);
      assert.doesNotMatch([...warnings, ...all].join('\n'), /planted-secret/);
      assert.ok(all.includes('The login for r.example comes from podman’s configuration.'));
    });
  });

  test('the variable goes before the files', async () => {
    const value = JSON.stringify({ auths: { 'r.example': entry('variable') } });
    await withMachine({ DOCKER_AUTH_CONFIG: value }, async (machine) => {
      await machine.write('home/.docker/config.json', {
        auths: { 'r.example': entry('file'), 'o.example': entry('o') },
      });
      const chain = openCredentials({ environment: machine.environment });
      assert.deepEqual(await chain.get('r.example'), loginOf('variable'));
      assert.deepEqual(await chain.get('o.example'), loginOf('o'));
    });
  });

  test('a host has its login under any spelling, the exact one first', async () => {
    await withMachine({}, async (machine) => {
      const auths = {
        'UPPER.example': entry('upper'),
        'HTTPS://Path.Example/v2/': entry('path'),
        'port.example:443': entry('port'),
        'https://exact.example/v1/': entry('other'),
        'Exact.example': entry('another'),
        'exact.example': entry('exact'),
        'far.example:8443': entry('far'),
        'https://evil.example/near.example': entry('evil'),
        'near.example.evil.example': entry('evil'),
      };
      await machine.write('home/.docker/config.json', { auths });
      const chain = openCredentials({ environment: machine.environment });
      for (const name of ['upper', 'path', 'port', 'exact'])
        assert.deepEqual(await chain.get(`${name}.example`), loginOf(name));
      for (const name of ['far', 'near']) assert.equal(await chain.get(`${name}.example`), undefined);
    });
  });

  test('a pipe, a socket or a device in the place of a file is neither waited for nor read without end', {
    skip: process.platform === 'win32' && 'no mkfifo',
  }, async () => {
    await withMachine({ REGISTRY_AUTH_FILE: '/dev/null' }, async (machine) => {
      await mkdir(join(machine.home, '.docker'), { recursive: true });
      execFileSync('mkfifo', [join(machine.home, '.docker/config.json')]);
      await symlink('/dev/zero', join(machine.home, '.dockercfg'));
      const { log, warnings } = gatherLog();
      const chain = openCredentials({ environment: machine.environment, log });
      assert.equal(await chain.get('r.example'), undefined);
      assert.equal(warnings.length, 2, '/dev/null turns a file off');
      assert.match(warnings[0] ?? '', /config\.json cannot be read: it is not a file\. Check the file/);
      assert.match(warnings[1] ?? '', /\.dockercfg cannot be read: it is larger than 4194304 bytes/);
    });
  });

  test('an empty helper turns helpers off for its registry', async () => {
    await withMachine({}, async (machine) => {
      await machine.helper('all', `echo '{"Username":"store","Secret":"planted-secret"}'`);
      await machine.write('home/.docker/config.json', {
        credHelpers: { 'off.example': '' },
        credsStore: 'all',
        auths: { 'off.example': entry('auths') },
      });
      const chain = openCredentials({ environment: machine.environment });
      assert.deepEqual(await chain.get('off.example'), loginOf('auths'));
      assert.deepEqual(await chain.get('on.example'), loginOf('store'));
    });
  });

  test('Docker Hub’s helper is asked for its address', async () => {
    await withMachine({}, async (machine) => {
      const script = `[ "$(cat)" = "https://index.docker.io/v1/" ] || exit 9; echo '{"Username":"hub","Secret":"planted-secret"}'`;
      await machine.helper('desktop', script);
      await machine.write('home/.docker/config.json', { credsStore: 'desktop' });
      const chain = openCredentials({ environment: machine.environment });
      assert.deepEqual(await chain.get('docker.io', 'ai/gemma3'), loginOf('hub'));
    });
  });
});

describe('what is broken does not hide the rest', () => {
  const brokenConfigs: readonly [what: string, config: unknown][] = [
    ['no JSON', '{"auths": {"r.example": {"auth": "planted-secret'],
    ['a list', []],
    ['auths of another kind', { auths: 'planted-secret' }],
    ['an entry of another kind', { auths: { 'r.example': 'planted-secret' } }],
    ['auth that is not base64', { auths: { 'r.example': { auth: 'planted-secret!' } } }],
    ['helpers of another kind', { credHelpers: 'planted-secret', auths: { 'other.example': {} } }],
    ['a helper of another kind', { credHelpers: { 'r.example': ['planted-secret'] } }],
    ['a store of another kind', { credsStore: { a: 'planted-secret' } }],
    ['a helper that is not there', { credsStore: 'nowhere' }],
    ['a helper with a path for a name', { credHelpers: { 'r.example': '../planted/x' } }],
  ];
  for (const [what, config] of brokenConfigs) {
    test(`${what}: podman’s login is found, and one warning is written`, async () => {
      await withMachine({}, async (machine) => {
        await machine.write('home/.docker/config.json', config);
        await machine.write('home/.config/containers/auth.json', { auths: { 'r.example': entry('podman') } });
        const { log, warnings } = gatherLog();
        const chain = openCredentials({ environment: machine.environment, log });
        assert.deepEqual(await chain.get('r.example'), loginOf('podman'));
        assert.deepEqual(await chain.get('r.example'), loginOf('podman'));
        assert.equal(warnings.length, 1, warnings.join('\n'));
        assert.doesNotMatch(warnings.join(), /planted-secret/);
      });
    });
  }

  test('a broken entry hides only itself', async () => {
    await withMachine({}, async (machine) => {
      const auths = { 'bad.example': { auth: '%' }, 'good.example': entry('good') };
      await machine.write('home/.docker/config.json', { auths, credHelpers: { 'bad.example': 'nowhere' } });
      const chain = openCredentials({ environment: machine.environment });
      assert.deepEqual(await chain.get('good.example'), loginOf('good'));
      assert.equal(await chain.get('bad.example'), undefined);
    });
  });

  test('a file without permission', { skip: process.getuid?.() === 0 ? 'runs as root' : false }, async () => {
    await withMachine({}, async (machine) => {
      const path = await machine.write('home/.docker/config.json', { auths: {} });
      await chmod(path, 0);
      await machine.write('home/.dockercfg', { 'r.example': entry('legacy') });
      const { log, warnings } = gatherLog();
      assert.deepEqual(
        await openCredentials({ environment: machine.environment, log }).get('r.example'),
        loginOf('legacy'),
      );
      assert.match(warnings[0] ?? '', /cannot be read: EACCES/);
    });
  });
});

describe('files', () => {
  test('a changed file is read again, and one that is as before is not', async () => {
    await withMachine({}, async (machine) => {
      const path = 'home/.docker/config.json';
      const chain = openCredentials({ environment: machine.environment });
      assert.equal(await chain.get('r.example'), undefined);
      const file = await machine.write(path, { auths: { 'r.example': entry('one') } });
      await utimes(file, 1, 1);
      assert.deepEqual(await chain.get('r.example'), loginOf('one'));
      // The same size and time: only a look at the content would show it.
      await machine.write(path, { auths: { 'r.example': entry('two') } });
      await utimes(file, 1, 1);
      assert.deepEqual(await chain.get('r.example'), loginOf('one'));
      await utimes(file, 2, 2);
      assert.deepEqual(await chain.get('r.example'), loginOf('two'));
      await rm(file);
      assert.equal(await chain.get('r.example'), undefined);
    });
  });

  test('`docker login` makes helpers forget that there was none', async () => {
    await withMachine({}, async (machine) => {
      const path = 'home/.docker/config.json';
      await machine.helper('all', 'echo "credentials not found in native keychain"; exit 1');
      await machine.write(path, { credsStore: 'all' });
      const chain = openCredentials({ environment: machine.environment, now: () => 0 });
      assert.equal(await chain.get('r.example'), undefined);
      await machine.helper('all', `echo '{"Username":"new","Secret":"planted-secret"}'`);
      assert.equal(await chain.get('r.example'), undefined);
      await machine.write(path, { credsStore: 'all', auths: { 'r.example': {} } });
      assert.deepEqual(await chain.get('r.example'), loginOf('new'));
    });
  });

  test('helpers are asked anew when what they said is forgotten', async () => {
    await withMachine({}, async (machine) => {
      await machine.helper('all', `echo '{"Username":"old","Secret":"planted-secret"}'`);
      await machine.write('home/.docker/config.json', { credsStore: 'all' });
      const chain = openCredentials({ environment: machine.environment, now: () => 0 });
      assert.deepEqual(await chain.get('r.example'), loginOf('old'));
      await machine.helper('all', `echo '{"Username":"new","Secret":"planted-secret"}'`);
      assert.deepEqual(await chain.get('r.example'), loginOf('old'));
      chain.forget();
      assert.deepEqual(await chain.get('r.example'), loginOf('new'));
    });
  });
});

describe('podman', () => {
  test('the files, in their order', async () => {
    const machine = await makeMachine({ XDG_RUNTIME_DIR: '/run/user/7', XDG_CONFIG_HOME: '/cfg' });
    const { environment, home, folder } = machine;
    const without = { ...environment, env: {} };
    assert.deepEqual(podmanAuthPaths(environment), [
      '/run/user/7/containers/auth.json',
      '/cfg/containers/auth.json',
    ]);
    assert.deepEqual(podmanAuthPaths(without), [
      join(folder, 'root/run/containers/1000/auth.json'),
      join(home, '.config/containers/auth.json'),
    ]);
    assert.deepEqual(podmanAuthPaths({ ...without, platform: 'darwin' }), [
      join(home, '.config/containers/auth.json'),
    ]);
    assert.deepEqual(podmanAuthPaths({ ...without, env: { REGISTRY_AUTH_FILE: '/f.json' } }), ['/f.json']);
    await machine.remove();
  });

  test('the longest namespace counts, and a broken file does not hide the next', async () => {
    await withMachine({}, async (machine) => {
      await machine.write('root/run/containers/1000/auth.json', '{');
      await machine.write('home/.config/containers/auth.json', {
        auths: {
          'quay.io': entry('all'),
          'quay.io/org': entry('org'),
          'quay.io/org/team': entry('team'),
          'only.example/org': entry('inside'),
        },
      });
      const problems: string[] = [];
      const helpers = new HelperSource({ environment: machine.environment });
      const onProblem = (error: Error): void => void problems.push(error.message);
      const source = new PodmanAuthSource({ environment: machine.environment, helpers, onProblem });
      const expected: readonly [
        registry: string,
        repository: string | undefined,
        name: string | undefined,
      ][] = [
        ['quay.io', 'org/team/model', 'team'],
        ['quay.io', 'org/team', 'team'],
        ['quay.io', 'org/teams', 'org'],
        ['quay.io', 'organisation/x', 'all'],
        ['quay.io', undefined, 'all'],
        ['only.example', 'org/x', 'inside'],
        ['only.example', 'other/x', undefined],
        ['only.example', undefined, undefined],
      ];
      for (const [registry, repository, name] of expected) {
        const login = await source.get(registry, repository);
        assert.deepEqual(login, name === undefined ? undefined : loginOf(name), `${registry} ${repository}`);
      }
      assert.equal(problems.length, expected.length);
      assert.match(problems[0] ?? '', /they are not JSON/);
    });
  });
});

describe('secrets', () => {
  test('a login is kept, replaced and forgotten', async () => {
    const store = memorySecrets();
    const secrets = new SecretSource(store);
    await secrets.set('b.example', { username: 'u', password: 'one' });
    await secrets.set('a.example', { registryToken: 't' });
    await secrets.set('b.example', { identityToken: 'i', username: 'u' });
    assert.deepEqual(await secrets.registries(), ['a.example', 'b.example']);
    assert.deepEqual(await secrets.get('b.example'), { identityToken: 'i', username: 'u' });
    assert.equal(await secrets.delete('b.example'), true);
    assert.equal(await secrets.delete('b.example'), false);
    assert.equal(await secrets.get('b.example'), undefined);
    assert.deepEqual(await secrets.registries(), ['a.example']);
    assert.deepEqual([...store.values.keys()].sort(), ['ociModels.login:a.example', 'ociModels.logins']);
    store.values.set('ociModels.login:a.example', 'garbage');
    store.values.set('ociModels.logins', '{}');
    assert.equal(await secrets.get('a.example'), undefined);
    assert.deepEqual(await secrets.registries(), []);
  });
});

test('whatever a configuration says, the answer is a login, none, or a ModelError without its text', () => {
  const key = fc.oneof(
    fc.constantFrom('r.example', 'https://r.example/v1/', '__proto__', 'r.example/a'),
    fc.string(),
  );
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record({ auth: fc.oneof(fc.base64String(), fc.string(), fc.constant('planted-secret')) }),
  );
  const config = fc.record({
    auths: fc.oneof(fc.dictionary(key, value), fc.jsonValue()),
    credHelpers: fc.oneof(fc.dictionary(key, fc.oneof(fc.string(), fc.jsonValue())), fc.jsonValue()),
    credsStore: fc.oneof(fc.string(), fc.jsonValue()),
  });
  const texts = fc.oneof(
    config.map((value) => JSON.stringify(value)),
    fc.string(),
  );
  const check = (text: string): void => {
    const started = cpuMs();
    for (const read of [entryIn, helperIn, storeIn]) {
      try {
        read(parseAuthConfig(text, 'config.json'), 'r.example', 'a/b');
      } catch (error) {
        assert.ok(isModelError(error, 'auth-denied'), String(error));
        assert.doesNotMatch(error.message, /planted-secret/);
      }
    }
    assert.ok(cpuMs() - started < 50);
  };
  fc.assert(fc.property(texts, check), { numRuns: 3_000 });
});
