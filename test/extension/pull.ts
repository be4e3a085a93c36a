import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PullResult } from '../../src/transfer/index.ts';
import { pickerModels, REGISTRY, until } from './support.ts';

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
});
