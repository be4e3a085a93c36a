/** A process that may open few files says so, wherever in a pull it finds out. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { isTooManyFiles } from '../../../src/base/openFiles.ts';
import { buildDockerModel } from '../../support/dockerModel.ts';
import { modelHandler, startFakeRegistry } from '../../support/fakeRegistry.ts';

const FIXTURE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));
const CHILD = fileURLToPath(new URL('fewFilesChild.ts', import.meta.url));

describe('too many open files', { concurrency: 2 }, () => {
  // At the first connection, the thread, its modules, its files, its hashes, its sockets; and with enough of all.
  for (const count of [0, 3, 7, 10, 13, 40]) {
    test(`are told as that, with what to do: ${count} may still be opened`, {
      skip: process.platform === 'win32' && 'no ulimit on Windows',
    }, async (t) => {
      const server = await startFakeRegistry(modelHandler(await buildDockerModel([FIXTURE])));
      t.after(() => server.close());
      const folder = await mkdtemp(join(tmpdir(), 'oci-models-few-'));
      t.after(() => rm(folder, { recursive: true }));
      const child = [process.execPath, CHILD, `${server.host}/ai/model`, folder, String(count)];
      const { stdout } = await promisify(execFile)('bash', ['-c', 'ulimit -n 80; exec "$@"', 'x', ...child]);
      // How many the threads need is another number on each system.
      if (count === 40 || (count >= 10 && stdout === 'pulled')) assert.equal(stdout, 'pulled');
      else
        assert.match(
          stdout,
          /^ModelError: .*too many files are open[;.] close some programs,? or raise the limit o[fn] open files \(ulimit -n\), (then|and) try again\.$/i,
        );
    });
  }

  test('are known in any error', () => {
    const system = Object.assign(new Error('no more'), { code: 'ENFILE' });
    const thread = Object.assign(new Error('Worker initialization failure: EMFILE'), {
      code: 'ERR_WORKER_INIT_FAILED',
    });
    const unread = Object.assign(
      new Error('Cannot read package config /a/package.json: too many open files.'),
      {
        code: 'ERR_INVALID_PACKAGE_CONFIG',
      },
    );
    for (const error of [
      system,
      thread,
      unread,
      new AggregateError([new Error('x'), system]),
      new ModelError('store-error', asLocalized('It failed.'), { cause: new Error('x', { cause: system }) }),
    ])
      assert.equal(isTooManyFiles(error), true);
    const loop = new Error('x');
    loop.cause = loop;
    for (const error of [loop, new Error('EMFILES'), new Error('too many open files'), undefined, 'EMFILE'])
      assert.equal(isTooManyFiles(error), false);
  });
});
