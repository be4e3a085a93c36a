import assert from 'node:assert/strict';
import * as vscode from 'vscode';

interface ChatOutcome {
  readonly metadata?: { readonly model?: string; readonly stopReason?: string };
  readonly errorDetails?: { readonly message: string };
}

describe('@local', () => {
  it('answers without any sign-in', async () => {
    const outcome = await vscode.commands.executeCommand<ChatOutcome>('workbench.action.chat.open', {
      query: '@local Say hello.',
      mode: 'ask',
      blockOnResponse: true,
    });
    assert.equal(outcome.errorDetails, undefined);
    assert.match(outcome.metadata?.model ?? '', /ai\/toy:chat$/);
    assert.equal(outcome.metadata?.stopReason, 'end');
  });
});
