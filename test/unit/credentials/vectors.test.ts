/** The vectors of upstreams for configurations and helpers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isModelError } from '../../../src/base/error.ts';
import {
  type AuthConfig,
  entryIn,
  helperIn,
  parseAuthConfig,
  parseLegacyConfig,
  storeIn,
} from '../../../src/credentials/authConfig.ts';
import {
  type AuthEntry,
  AuthEntryError,
  credentialOf,
  decodeAuth,
} from '../../../src/credentials/authEntry.ts';
import { findKey, hostOfKey, isPseudoKey, serverKey } from '../../../src/credentials/authKey.ts';
import { HelperRunError, runHelper } from '../../../src/credentials/helperProcess.ts';
import { HelperSource, parseHelperAnswer } from '../../../src/credentials/helperSource.ts';
import { openCredentials } from '../../../src/credentials/index.ts';
import { connectHost } from '../../../src/oci/http/servers.ts';
import { testVectors, type VectorCase } from '../../support/vectors.ts';
import { authOf, type Machine, makeMachine } from './support.ts';

interface ConfigCase extends VectorCase {
  readonly semantics: string;
  readonly op?: string;
  readonly config?: string;
  readonly inlineConfig?: unknown;
  readonly rawConfig?: string | null;
  readonly query?: string | { readonly repo?: string; readonly registry: string };
  readonly input?: string;
  readonly ok?: boolean;
  readonly expected?: unknown;
}

const { configs } = JSON.parse(
  readFileSync(new URL('../../vectors/docker-config-auth.json', import.meta.url), 'utf8'),
) as { configs: Readonly<Record<string, unknown>> };

function configText({ config, inlineConfig, rawConfig }: ConfigCase): string {
  if (rawConfig !== undefined) return rawConfig ?? '';
  return JSON.stringify(config === undefined ? (inlineConfig ?? {}) : configs[config]);
}

function readConfig(vector: ConfigCase): AuthConfig {
  const parse = vector.semantics === 'dockercfg-legacy' ? parseLegacyConfig : parseAuthConfig;
  return parse(configText(vector), 'config.json');
}

/** The registry and the repository of a query: an address is a registry as it stands. */
function place(query: ConfigCase['query']): [registry: string, repository?: string] {
  const text = typeof query === 'string' ? query : (query?.repo ?? query?.registry ?? '');
  const slash = text.includes('://') ? -1 : text.indexOf('/');
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}

function helperOf(vector: ConfigCase): string {
  const config = readConfig(vector);
  const [registry] = place(vector.query);
  const own = helperIn(config, registry);
  if (own === 'disabled') return '';
  return (own ?? storeIn(config, registry))?.helper ?? '';
}

function checkHostEntry(vector: ConfigCase): void {
  const config = readConfig(vector);
  const query = String(vector.query);
  const expected = vector.expected as Readonly<Record<string, string>> | null;
  if (expected === null) {
    assert.ok(isPseudoKey(query));
    const { credHelpers } = configs[vector.config ?? ''] as { credHelpers: Record<string, string> };
    assert.ok(Object.hasOwn(credHelpers, query));
    assert.equal(findKey([query], 'docker.io'), undefined);
    return;
  }
  assert.deepEqual(helperIn(config, query), { helper: expected['helper'], server: expected['lookupKey'] });
  if (expected['connectHost'] !== undefined) assert.equal(connectHost(query), expected['connectHost']);
}

/** Writes the same registry into each file that is present; the login says from which it came. */
async function checkPrecedence(vector: ConfigCase): Promise<void> {
  const present = vector['present'] as readonly string[];
  const files: Readonly<Record<string, [path: string, env?: Record<string, string>]>> = {
    DOCKER_CONFIG: ['home/docker-config/config.json', { DOCKER_CONFIG: '~/docker-config' }],
    'HOME/.docker/config.json': ['home/.docker/config.json'],
    REGISTRY_AUTH_FILE: ['home/chosen.json', { REGISTRY_AUTH_FILE: '~/chosen.json' }],
    XDG_RUNTIME_DIR: ['home/run/containers/auth.json', { XDG_RUNTIME_DIR: '~/run' }],
    XDG_CONFIG_HOME: ['home/cfg/containers/auth.json', { XDG_CONFIG_HOME: '~/cfg' }],
    'DOCKER_CONFIG(dir)': ['home/dir/config.json', { DOCKER_CONFIG: '~/dir' }],
  };
  const chosen = present.map((name) => [name, files[name] ?? assert.fail(name)] as const);
  const machine = await makeMachine(Object.assign({}, ...chosen.map(([, [, env]]) => env)));
  try {
    for (const [name, [path]] of chosen) {
      if (name.endsWith('(dir)')) await mkdir(join(machine.folder, path), { recursive: true });
      else await machine.write(path, { auths: { 'test.io': { auth: authOf(name, 'p') } } });
    }
    const login = await openCredentials({ environment: machine.environment }).get('test.io');
    if (vector.expected === 'anonymous') assert.equal(login, undefined);
    else assert.deepEqual(login, { username: vector.expected, password: 'p' });
  } finally {
    await machine.remove();
  }
}

async function checkEnvironment(vector: ConfigCase): Promise<void> {
  const { DOCKER_AUTH_CONFIG: value } = vector['env'] as { DOCKER_AUTH_CONFIG: unknown };
  const machine = await makeMachine({ DOCKER_AUTH_CONFIG: JSON.stringify(value) });
  try {
    await machine.write('home/.docker/config.json', configText(vector));
    const chain = openCredentials({ environment: machine.environment });
    assert.deepEqual(await chain.get(...place(vector.query)), vector.expected);
  } finally {
    await machine.remove();
  }
}

async function checkAll(vector: ConfigCase): Promise<void> {
  const { credHelpers } = vector.inlineConfig as { credHelpers: Readonly<Record<string, string>> };
  const results = vector['helperResults'] as Readonly<Record<string, unknown>>;
  const machine = await makeMachine();
  try {
    await machine.write('home/.docker/config.json', configText(vector));
    for (const [name, result] of Object.entries(results)) {
      const script = result === 'ERROR' ? 'echo broken; exit 1' : `echo '${JSON.stringify(result)}'`;
      await machine.helper(name, script);
    }
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text), error() {} };
    const chain = openCredentials({ environment: machine.environment, log });
    const found: string[] = [];
    for (const registry of Object.keys(credHelpers)) {
      if ((await chain.get(registry)) !== undefined) found.push(registry);
    }
    assert.deepEqual(found, vector['expectedKeys']);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /docker-credential-broken_cred_helper returned no login: broken/);
  } finally {
    await machine.remove();
  }
}

/** Of the fields of an entry one kind of login is made. */
function expectedLogin(vector: ConfigCase): unknown {
  const { username, password, identityToken, registryToken } = vector.expected as Record<string, string>;
  if (registryToken !== undefined) return { registryToken };
  if (identityToken === undefined) return username === undefined ? undefined : { username, password };
  return username === undefined ? { identityToken } : { identityToken, username };
}

testVectors<ConfigCase>('docker-config-auth', async (vector) => {
  switch (vector.op) {
    case 'helperSuffix':
      return assert.equal(helperOf(vector), vector.expected);
    case 'credentialKeyForRegistry':
      return assert.equal(serverKey(String(vector.query)), vector.expected);
    case 'convertToHostname':
      return assert.equal(hostOfKey(vector.input ?? ''), vector.expected);
    case 'hostEntry':
      return checkHostEntry(vector);
    case 'filePrecedence':
      return checkPrecedence(vector);
    case 'envConfig':
      return checkEnvironment(vector);
    case 'getAll':
      return checkAll(vector);
    case 'decodeAuth':
      if (vector.ok === true) return assert.deepEqual(decodeAuth(vector.input ?? ''), vector.expected);
      return assert.throws(() => decodeAuth(vector.input ?? ''), AuthEntryError);
    case undefined: {
      const read = (): AuthEntry => entryIn(readConfig(vector), ...place(vector.query)) ?? {};
      if (vector.ok !== true) return assert.throws(read, (error) => isModelError(error, 'auth-denied'));
      assert.deepEqual(read(), vector.expected);
      return assert.deepEqual(credentialOf(read()), expectedLogin(vector));
    }
    default:
      return assert.fail(`unknown operation ${vector.op}`);
  }
});

interface HelperCase extends VectorCase {
  readonly action: string;
  readonly stdin?: string;
  readonly stdout?: string;
  readonly exit: number;
  readonly expected?: Readonly<Record<string, string>>;
  readonly error?: string;
}

/** A helper that says what the vector says, and nothing where it is not asked as the vector asks. */
async function makeHelper(machine: Machine, { stdin, stdout, exit, action }: HelperCase): Promise<string> {
  await machine.write('answer', stdout ?? '');
  await machine.write('question', stdin ?? '');
  const script = `cat > "${machine.folder}/asked"
[ "$1" = "${action}" ] && cmp -s "${machine.folder}/asked" "${machine.folder}/question" || exit 99
cat "${machine.folder}/answer"; exit ${exit}`;
  return machine.helper('vector', script);
}

testVectors<HelperCase>(
  'credential-helper',
  async (vector) => {
    const machine = await makeMachine();
    try {
      const path = await makeHelper(machine, vector);
      const { env } = machine.environment;
      const options = { path, action: 'get', env, folders: [], timeoutMs: 5_000 } as const;
      const run = await runHelper({ ...options, input: vector.stdin ?? '' });
      if (vector.error !== undefined) {
        assert.throws(
          () => parseHelperAnswer(run),
          (error) => error instanceof HelperRunError && error.message === vector.error,
        );
        const source = new HelperSource({ environment: machine.environment });
        const failed = source.get('vector', vector.stdin ?? '');
        await assert.rejects(failed, (error) => isModelError(error, 'auth-denied'));
        return;
      }
      assert.deepEqual(parseHelperAnswer(run) ?? {}, vector.expected);
      const source = new HelperSource({ environment: machine.environment });
      assert.deepEqual((await source.get('vector', vector.stdin ?? '')) ?? {}, vector.expected);
    } finally {
      await machine.remove();
    }
  },
  ({ action }) =>
    action === 'get'
      ? undefined
      : `“${action}”: the logins of other programs are read, never written or listed`,
);
