import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../../src/base/error.ts';
import { useTranslations } from '../../../../src/base/l10n.ts';
import { silentLog } from '../../../../src/base/log.ts';
import { loadCall } from '../../../../src/engine/llama/calls/load.ts';
import { HostProcess } from '../../../../src/engine/llama/process/hostProcess.ts';

const hostPath = fileURLToPath(new URL('../../../../src/engine/llama/host/main.ts', import.meta.url));

test('the engine process speaks the language of the editor, from its first error on', async (context) => {
  const english =
    'The file {0} is not a usable GGUF file: {1}. Choose another model, or use “Verify Local Models” to see if this one is damaged.';
  // Larger than an environment variable may be on Linux.
  useTranslations({ [english]: '{0} unbrauchbar: {1}', ...filler() });
  context.after(() => useTranslations(undefined));
  const host = new HostProcess({ hostPath, log: silentLog });
  context.after(() => host.stop());
  await assert.rejects(
    host.call(loadCall, { modelPath: '/nowhere/none.gguf', gpu: 'off' }).done,
    (error) => isModelError(error, 'gguf-invalid') && error.message.startsWith('none.gguf unbrauchbar: '),
  );
});

function filler(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`text ${index}`, 'x'.repeat(8000)]));
}
