/** The bench of edits as others run it: with a model on a server, and paths as a person types them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { userPath } from '../../../bench/support/userPath.ts';
import { ROOT } from '../../../scripts/support/paths.ts';
import { endEvent, events, modelList, startScriptedServer, textEvent } from '../../support/scriptedServer.ts';

const TASKS = join(ROOT, 'test', 'fixtures', 'editTasks');

async function bench(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'bench', 'edits', 'run.ts'), ...args, '--json'],
    // npm starts scripts at the root, wherever it was started itself.
    { cwd: ROOT, env: { ...process.env, INIT_CWD: TASKS, OPENAI_API_KEY: 'planted-key' } },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('a model on a server is asked for each edit, with the key of the environment', async (t) => {
  const answers = ['const limit = 2;\n```\n', 'I cannot do that.'];
  const server = await startScriptedServer(({ path }) => {
    if (path === '/v1/models') return modelList('first', 'second');
    if (path !== '/v1/chat/completions') return undefined;
    return { pieces: events(textEvent(answers.shift() ?? ''), endEvent(), '[DONE]') };
  });
  t.after(() => server.close());
  const report = await bench('--endpoint', server.url, '--name', 'second', '--tasks', '.');
  const { tasks, exact, refused, wrong, expected } = report;
  assert.deepEqual(
    { tasks, exact, refused, wrong, expected },
    { tasks: 2, exact: 1, refused: 1, wrong: 0, expected: 1 },
  );
  const asked = server.requests.filter(({ path }) => path === '/v1/chat/completions');
  assert.deepEqual(
    asked.map(({ body }) => body?.['model']),
    ['second', 'second'],
  );
  assert.equal(asked[0]?.headers.authorization, 'Bearer planted-key');
});

test('a path starts where the person is', () => {
  assert.equal(userPath('models/a.gguf', '/home/me'), resolve('/home/me', 'models', 'a.gguf'));
  assert.equal(userPath(resolve('a.gguf'), '/home/me'), resolve('a.gguf'));
});
