/** Pipes, sockets and devices in the place of files of other programs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { NoFileError, openUnblocked, readUnblocked } from '../../../../src/base/unblockedFile.ts';
import { loadAuthorities } from '../../../../src/oci/network/authorities.ts';
import { readHostCertificates } from '../../../../src/oci/network/certsDir.ts';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-pipes-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function pipeIn(t: TestContext, name: string): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a file of another program', { skip: process.platform === 'win32' && 'no mkfifo' }, () => {
  test('is read up to its limit, even if it does not tell its size', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    await writeFile(path, Buffer.alloc(200_000, 7));
    assert.deepEqual(await readUnblocked(path, 200_000), Buffer.alloc(200_000, 7));
    assert.equal(await readUnblocked(path, 199_999), undefined);
    assert.equal(await readUnblocked('/dev/zero', 1_000_000), undefined);
    assert.deepEqual(await readUnblocked('/dev/null', 0), Buffer.alloc(0));
  });

  test('that is a pipe or a socket is not waited for', async (t) => {
    await assert.rejects(openUnblocked(await pipeIn(t, 'pipe')), NoFileError);
    const path = join(await temporaryFolder(t), 'socket');
    const server = createServer();
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await assert.rejects(openUnblocked(path), { code: 'ENXIO' });
  });

  test('with authorities is told if it is a pipe', async (t) => {
    const extraCaFile = await pipeIn(t, 'ca.pem');
    await assert.rejects(loadAuthorities({ systemCertificates: false, extraCaFile, env: {} }), {
      code: 'tls',
      message: /ca\.pem cannot be used: it is not a file\. Check the setting/,
    });
  });

  test('in certs.d is told if it is a pipe', async (t) => {
    const dir = await temporaryFolder(t);
    await mkdir(join(dir, 'r.example'));
    execFileSync('mkfifo', [join(dir, 'r.example', 'ca.crt')]);
    await assert.rejects(readHostCertificates([dir], 'r.example', 443), {
      code: 'tls',
      message: /ca\.crt cannot be read \(it is not a file\)\. Check the files/,
    });
  });
});
