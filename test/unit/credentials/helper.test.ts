import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { findHelper, helperFolders, isHelperName } from '../../../src/credentials/helperPath.ts';
import { HelperSource } from '../../../src/credentials/helperSource.ts';
import { until } from '../../support/until.ts';
import { type Machine, makeMachine } from './support.ts';

/** Tells whether a process runs; a zombie that nobody has waited for yet does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Counts its runs in a file, and then does what `rest` says. */
function counting(machine: Machine, rest: string): string {
  return `cat >/dev/null; echo run >> "${machine.folder}/runs"; ${rest}`;
}

async function runs(machine: Machine): Promise<number> {
  const text = await readFile(join(machine.folder, 'runs'), 'utf8').catch(() => '');
  return text.split('\n').length - 1;
}

const FOUND = `echo '{"ServerURL":"r.example","Username":"u","Secret":"planted-secret"}'`;

describe('helpers', () => {
  let machine: Machine;
  before(async () => {
    machine = await makeMachine();
  });
  after(() => machine.remove());

  test('a found login is kept for an hour, and those who ask at once wait for one run', async () => {
    await machine.helper('found', counting(machine, FOUND));
    let now = 1_000;
    const source = new HelperSource({ environment: machine.environment, now: () => now });
    const login = { username: 'u', password: 'planted-secret' };
    const both = await Promise.all([source.get('found', 'r.example'), source.get('found', 'r.example')]);
    assert.deepEqual(both, [login, login]);
    assert.equal(await runs(machine), 1);
    now += 59 * 60_000;
    assert.deepEqual(await source.get('found', 'r.example'), login);
    assert.equal(await runs(machine), 1);
    now += 2 * 60_000;
    await source.get('found', 'r.example');
    assert.equal(await runs(machine), 2);
    source.forget();
    await source.get('found', 'r.example');
    assert.equal(await runs(machine), 3);
    await source.get('found', 'other.example');
    assert.equal(await runs(machine), 4);
    source.forget('r.example');
    await source.get('found', 'other.example');
    assert.equal(await runs(machine), 4, 'only what was said of one registry is forgotten');
    await source.get('found', 'r.example');
    assert.equal(await runs(machine), 5);
    await rm(join(machine.folder, 'runs'));
  });

  test('a failure is kept for five seconds, and then the helper is run again', async () => {
    await machine.helper('fails', counting(machine, 'echo "the keychain is locked"; exit 1'));
    let now = 0;
    const source = new HelperSource({ environment: machine.environment, now: () => now });
    const refused = (error: unknown): boolean => {
      assert.ok(isModelError(error, 'auth-denied'));
      assert.match(
        error.message,
        /docker-credential-fails returned no login: the keychain is locked\. Repair it/,
      );
      return true;
    };
    await assert.rejects(source.get('fails', 'r.example'), refused);
    now = 4_900;
    await assert.rejects(source.get('fails', 'r.example'), refused);
    assert.equal(await runs(machine), 1);
    now = 5_100;
    await assert.rejects(source.get('fails', 'r.example'), refused);
    assert.equal(await runs(machine), 2);
    await rm(join(machine.folder, 'runs'));
  });

  test('“there is none” is kept for a minute', async () => {
    const none = 'echo "credentials not found in native keychain"; exit 1';
    await machine.helper('none', counting(machine, none));
    let now = 0;
    const source = new HelperSource({ environment: machine.environment, now: () => now });
    assert.equal(await source.get('none', 'r.example'), undefined);
    now = 59_000;
    assert.equal(await source.get('none', 'r.example'), undefined);
    assert.equal(await runs(machine), 1);
    now = 61_000;
    assert.equal(await source.get('none', 'r.example'), undefined);
    assert.equal(await runs(machine), 2);
  });

  const broken: readonly [what: string, script: string, message: RegExp][] = [
    ['no JSON', 'echo planted-secret', /its answer is not JSON/],
    ['another JSON', `echo '{"Username":["planted-secret"],"Secret":1}'`, /its answer is not a login/],
    ['an answer with a bad exit code', `${FOUND}; exit 3`, /it failed \(exit code 3\)/],
    ['nothing', 'exit 2', /it failed \(exit code 2\)/],
    ['too much', 'yes planted-secret', /its output is too long/],
    ['secrets on the standard error', 'echo planted-secret >&2; exit 1', /it failed \(exit code 1\)/],
  ];
  for (const [what, script, message] of broken) {
    test(`${what} is an error without the secret`, async () => {
      await machine.helper('broken', script);
      const source = new HelperSource({ environment: machine.environment });
      await assert.rejects(source.get('broken', 'r.example'), (error) => {
        assert.ok(isModelError(error, 'auth-denied'));
        assert.match(error.message, message);
        for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
          assert.doesNotMatch(`${inner.message} ${inner.stack}`, /planted-secret/);
        }
        return true;
      });
    });
  }

  test('a helper that hangs is ended with all processes that it started', async () => {
    // A child, which ignores a polite end, and a grandchild.
    const script = `trap '' TERM INT HUP; (sleep 600 & echo $! >> "$0.pids"; exec sleep 600) & echo $! >> "$0.pids"; wait`;
    const path = await machine.helper('hangs', script);
    const source = new HelperSource({ environment: machine.environment, timeoutMs: 1_000 });
    await assert.rejects(source.get('hangs', 'r.example'), /it did not end within 1 seconds/);
    const pids = (await readFile(`${path}.pids`, 'utf8')).trim().split('\n').map(Number);
    assert.equal(pids.length, 2);
    for (const pid of pids) await until(() => !isAlive(pid));
  });

  test('a helper that writes without end is ended with what it started', async () => {
    const path = await machine.helper('endless', 'sleep 600 & echo $! > "$0.pids"; yes');
    const source = new HelperSource({ environment: machine.environment });
    await assert.rejects(source.get('endless', 'r.example'), /its output is too long/);
    const pid = Number(await readFile(`${path}.pids`, 'utf8'));
    await until(() => !isAlive(pid));
  });

  test('a helper that ended has answered, even if a process that it left behind holds the pipe', async () => {
    await machine.helper('agent', `sleep 600 & echo $! > "$0.pid"; ${FOUND}`);
    const source = new HelperSource({ environment: machine.environment });
    assert.ok(await source.get('agent', 'r.example'));
    const pid = Number(await readFile(join(machine.folder, 'bin', 'docker-credential-agent.pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
  });

  test('no name leads out of the folders or into a shell', async () => {
    await machine.helper('x', `touch "${machine.folder}/was-run"; ${FOUND}`, 'elsewhere');
    const names = [
      '../elsewhere/docker-credential-x',
      '/bin/sh',
      'a b',
      'a;b',
      '$(id)',
      '',
      'a\0b',
      'ä',
      'x'.repeat(65),
    ];
    for (const name of names) {
      assert.ok(!isHelperName(name));
      const source = new HelperSource({ environment: machine.environment });
      await assert.rejects(source.get(name, 'r.example'), /its name is not valid/);
    }
    await assert.rejects(readFile(join(machine.folder, 'was-run')));
    const server = '$(touch "$0.shell")\n; exit 7';
    await machine.write('asked', '');
    await machine.helper('plain', `cat > "${machine.folder}/asked"; ${FOUND}`);
    await new HelperSource({ environment: machine.environment }).get('plain', server);
    assert.equal(await readFile(join(machine.folder, 'asked'), 'utf8'), server);
  });
});

describe('where helpers are', () => {
  test('folders that the PATH of a GUI lacks', async () => {
    const machine = await makeMachine({ PATH: 'relative:.:/usr/bin' }, 'darwin');
    try {
      const folders = helperFolders(machine.environment);
      assert.equal(folders[0], '/usr/bin');
      assert.ok(!folders.some((folder) => folder === '' || folder === '.' || folder === 'relative'));
      for (const folder of ['/opt/homebrew/bin', '/Applications/Docker.app/Contents/Resources/bin']) {
        assert.ok(folders.includes(join(machine.folder, 'root', folder)), folder);
      }
      const path = await machine.helper(
        'desktop',
        FOUND,
        'root/Applications/Docker.app/Contents/Resources/bin',
      );
      assert.equal(await findHelper('desktop', machine.environment), path);
      const source = new HelperSource({ environment: machine.environment });
      assert.deepEqual(await source.get('desktop', 'r.example'), {
        username: 'u',
        password: 'planted-secret',
      });
      assert.equal(await findHelper('osxkeychain', machine.environment), undefined);
      await assert.rejects(source.get('osxkeychain', 'r.example'), /it is not installed/);
    } finally {
      await machine.remove();
    }
  });

  test('in WSL Docker Desktop’s helper is a Windows program', async () => {
    const machine = await makeMachine();
    try {
      const folder = 'root/mnt/c/Program Files/Docker/Docker/resources/bin';
      const path = await machine.helper('desktop.exe', FOUND, folder);
      assert.equal(await findHelper('desktop', machine.environment), path);
      assert.equal(await findHelper('desktop.exe', machine.environment), path);
    } finally {
      await machine.remove();
    }
  });

  test('a folder or a file that cannot be run is no helper', async () => {
    const machine = await makeMachine();
    try {
      await mkdir(join(machine.folder, 'bin', 'docker-credential-folder'), { recursive: true });
      await machine.write('bin/docker-credential-text', 'text');
      assert.equal(await findHelper('folder', machine.environment), undefined);
      assert.equal(await findHelper('text', machine.environment), undefined);
    } finally {
      await machine.remove();
    }
  });
});
