/**
 * Pulls through servers that do everything wrong: docker-registry with nginx or a front before it. In each case
 * the bytes on disk are right in the end, or the error is the right one, and nothing takes longer than the
 * watchdog. What the client wrote into its log, and every error, is kept and looked through for secrets.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { ModelError } from '../../src/base/error.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { pullModel } from '../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../support/dockerModel.ts';
import { hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { startFront } from '../support/faultyFront.ts';
import { fileDigest } from '../support/fileDigest.ts';
import { hasNginx, signedBlobs, startNginx } from '../support/nginx.ts';
import { pushBuiltModel } from '../support/pushBuilt.ts';
import { startTokenServer } from '../support/tokenServer.ts';
import { CASES, CDN_SECRET, type World } from './faultCases.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const LOGIN = { username: 'puller', password: 'planted-Passw0rd/+' };
/** Milliseconds that one case may take; stalls are given up long before. */
const WATCHDOG_MS = 60_000;
const STALL_MS = 250;
const skip = !hasDockerRegistry()
  ? 'docker-registry is not installed'
  : !hasNginx()
    ? 'nginx is not installed'
    : false;

describe('faults', { skip }, () => {
  let world: World;
  let model: BuiltModel;
  let folder: string;
  /** All that was logged and thrown. */
  const heard: string[] = [];
  const write = (line: string): void => void heard.push(line);
  const log = { debug: write, info: write, warn: write, error: write };
  const credentials = { get: async () => LOGIN };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-faults-'));
    const tokens = await startTokenServer({ login: LOGIN });
    const server = await startDockerRegistry({ token: tokens });
    const cdn = await startNginx({ server: signedBlobs(server.dataFolder, CDN_SECRET) });
    model = await buildDockerModel([FIXTURE]);
    const layer = model.layers[0]?.descriptor;
    assert.ok(layer);
    world = { server, tokens, cdn, layer };
    const client = new RegistryClient({ credentials, log });
    await pushBuiltModel(client, parseReference(`${server.host}/ai/tiny:v1`), model);
    await client.close();
  });
  after(async () => {
    await world.cdn.close();
    await world.server.close();
    await world.tokens.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [index, { name, fault, via, options, ends, check }] of CASES.entries()) {
    test(name, { timeout: 2 * WATCHDOG_MS }, async (t) => {
      const front = await startFront(`http://${world.server.host}`, fault?.(world));
      t.after(() => front.close());
      const host = (await via?.(world, front, (end) => t.after(end))) ?? front.host;
      const registry = new RegistryClient({
        credentials,
        log,
        stallMs: STALL_MS,
        retryBaseMs: 20,
        ...options?.(world, front),
      });
      t.after(() => registry.close());
      const store = await ModelStore.open(join(folder, String(index)));
      const started = performance.now();
      const pull = pullModel(parseReference(`${host}/ai/tiny:v1`), { registry, store, log, retryBaseMs: 20 });
      const outcome = await pull.then(
        () => 'pulled' as const,
        (error: unknown) => error,
      );
      const ms = performance.now() - started;
      assert.ok(ms < WATCHDOG_MS, `took ${ms.toFixed(0)} ms`);
      if (outcome instanceof Error) heard.push(inspect(outcome, { depth: 12, showHidden: true }));
      const path = store.blobPath(world.layer.digest);
      if (ends === 'pulled') {
        if (outcome !== 'pulled') throw outcome;
        assert.equal(await fileDigest(path), world.layer.digest);
        assert.equal((await store.references()).length, 1);
      } else {
        assert.ok(outcome instanceof ModelError, `it was ${String(outcome)}`);
        assert.equal(outcome.code, ends[0], outcome.message);
        assert.match(outcome.message, ends[1]);
        assert.equal(await store.hasBlob(model.layers[0]?.descriptor ?? model.configDescriptor), false);
        assert.deepEqual(await store.references(), []);
      }
      check?.(world, front);
    });
  }

  test('no login, token, Authorization or signed query is in a log or an error', () => {
    assert.ok(heard.length > 100, `only ${heard.length} lines were heard`);
    const basic = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');
    const secrets = [
      LOGIN.password,
      encodeURIComponent(LOGIN.password),
      basic,
      CDN_SECRET,
      'signature=',
      'expires=',
    ];
    assert.ok(world.tokens.tokens.length > 10);
    for (const text of heard) {
      for (const secret of [...secrets, ...world.tokens.tokens]) {
        assert.ok(!text.includes(secret), `“${secret.slice(0, 12)}…” is in: ${text.slice(0, 500)}`);
      }
      assert.doesNotMatch(text, /\b(?:Bearer|Basic) [A-Za-z0-9+/_-]{6,}/);
    }
  });
});
