import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PullResult } from '../../src/transfer/index.ts';
import { answering, pickerModels, REGISTRY, until } from './support.ts';

const pull = (reference: string): Thenable<PullResult | undefined> =>
  vscode.commands.executeCommand('ociModels.model.pull', reference);

describe('Pull OCI Model', () => {
  it('pulls from a real registry', async () => {
    const result = await pull(`${REGISTRY}/ai/toy:chat`);
    assert.ok(result);
    assert.equal(result.alreadyPresent, false);
    assert.ok(result.fetchedBytes >= result.totalBytes, `${result.fetchedBytes} of ${result.totalBytes}`);
    assert.match(result.manifestDigest, /^sha256:[0-9a-f]{64}$/);
  });

  it('downloads nothing the second time', async () => {
    const result = await pull(`${REGISTRY}/ai/toy:chat`);
    assert.equal(result?.alreadyPresent, true);
    assert.equal(result?.fetchedBytes, 0);
  });

  it('puts the model into the model picker', async () => {
    await until('the model in the picker', async () =>
      (await pickerModels()).includes(`${REGISTRY}/ai/toy:chat`),
    );
    assert.ok(!(await pickerModels()).includes('placeholder'));
  });

  it('shows a sentence and keeps the store as it is where the model does not exist', async () => {
    const before = await pickerModels();
    assert.equal(await pull(`${REGISTRY}/ai/nothing:here`), undefined);
    assert.equal(await pull('127.0.0.1:1/ai/toy:chat'), undefined);
    assert.equal(await pull('No Spaces Allowed'), undefined);
    assert.deepEqual(await pickerModels(), before);
  });

  describe('where a name stands for several models', () => {
    const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
    const INDEX = 'application/vnd.oci.image.index.v1+json';
    const url = (tag: string): string => `http://${REGISTRY}/v2/ai/toy/manifests/${tag}`;
    let digests: readonly string[];
    let index: string;

    before(async () => {
      const manifests = await Promise.all(
        ['chat', 'code'].map(async (title) => {
          const response = await fetch(url(title), { headers: { accept: MANIFEST } });
          const size = (await response.arrayBuffer()).byteLength;
          const digest = response.headers.get('docker-content-digest') ?? assert.fail('no digest');
          const annotations = { 'org.opencontainers.image.title': title };
          return { mediaType: MANIFEST, digest, size, annotations };
        }),
      );
      digests = manifests.map(({ digest }) => digest);
      const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
      const pushed = await fetch(url('both'), { method: 'PUT', headers: { 'content-type': INDEX }, body });
      assert.equal(pushed.status, 201);
      index = pushed.headers.get('docker-content-digest') ?? assert.fail('no digest');
    });
    // Other tests list the tags.
    after(async () => assert.equal((await fetch(url(index), { method: 'DELETE' })).status, 202));

    it('asks which one, and pulls that', async () => {
      let rows: readonly { label: string; description: string }[] = [];
      const pick = (items: unknown): unknown => {
        rows = items as typeof rows;
        return rows[1];
      };
      let result: PullResult | undefined;
      await answering('showQuickPick', pick, async () => {
        result = await pull(`${REGISTRY}/ai/toy:both`);
      });
      assert.deepEqual(
        rows.map(({ label, description }) => [label, description]),
        [
          ['chat', digests[0]],
          ['code', digests[1]],
        ],
      );
      assert.equal(result?.manifestDigest, digests[1]);
      assert.deepEqual([result?.reference.tag, result?.reference.digest], ['both', digests[1]]);
    });

    it('pulls nothing where none is chosen', async () => {
      let result: unknown = 'not asked';
      await answering(
        'showQuickPick',
        () => undefined,
        async () => {
          result = await pull(`${REGISTRY}/ai/toy:both`);
        },
      );
      assert.equal(result, undefined);
    });
  });
});
