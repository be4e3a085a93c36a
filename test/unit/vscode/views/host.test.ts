/** The Local Models view says on which machine its models are, if that is not the one in front of the user. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../support/vscodeStub.ts';

const vscode = await import('vscode');
const { showHost } = await import('../../../../src/vscode/views/local/host.ts');

for (const [remoteName, host, shown] of [
  [undefined, 'laptop', undefined],
  ['ssh-remote', 'devbox', 'on devbox'],
  ['wsl', '[x](command:y)', 'on [x] (command:y)'],
  ['dev-container', '', undefined],
] as const) {
  test(`${remoteName ?? 'no remote'}, ${host}: ${shown ?? 'nothing'}`, () => {
    const env = vscode.env as { remoteName: string | undefined };
    const before = env.remoteName;
    const view: { description?: string } = {};
    try {
      env.remoteName = remoteName;
      showHost(view, host);
    } finally {
      env.remoteName = before;
    }
    assert.equal(view.description, shown);
  });
}
