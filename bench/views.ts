/**
 * The views over a large registry and many models: `npm run bench:views [-- --runs N] [--json]`.
 *
 * A registry on loopback lists 500 repositories with 200 tags each, and the machine has 5,000 models. Times are
 * milliseconds of this process, which stands for the extension host: from the click on a row to the last item below it,
 * as VS Code asks for them. `blocked` is the longest time that the event loop was held up meanwhile, and `localBlocked`
 * that of the rows of models. Medians of the runs.
 */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { silentLog } from '../src/base/log.ts';
import { Catalogue, Inspector } from '../src/catalog/index.ts';
import { formatReference, RegistryClient } from '../src/oci/index.ts';
import type { Session } from '../src/session/index.ts';
import type { RegistriesNode } from '../src/vscode/views/registries/registriesView.ts';
import type { RegistriesViewServices } from '../src/vscode/views/registries/view.ts';
import { sendJson, startFakeRegistry } from '../test/support/fakeRegistry.ts';
import '../test/support/vscodeStub.ts';
import { spread } from './support/statistics.ts';

const { LocalView } = await import('../src/vscode/views/local/localView.ts');
const { RegistriesView } = await import('../src/vscode/views/registries/registriesView.ts');

const { Machine } = await import('../src/vscode/window/machine.ts');

const REPOSITORIES = 500;
const TAGS = 200;
/** Repositories that are opened after each other. */
const OPENED = 20;

const MODELS = 5_000;

const MEMORY = { totalBytes: 16e9, availableBytes: 12e9, gpu: undefined };
type View = InstanceType<typeof RegistriesView>;

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, '0')}`);
}

function viewOf(): View {
  const client = new RegistryClient();
  const registry = (): RegistryClient => client;
  const services = {
    catalogue: new Catalogue({ folder: join(tmpdir(), randomUUID()), registry, log: silentLog }),
    models: { onDidChangeModels: () => () => {}, list: async () => [] },
    inspector: new Inspector({ registry }),
    machine: { memory: async () => MEMORY },
    log: silentLog,
  };
  return new RegistriesView(services as unknown as RegistriesViewServices);
}

/** A view of models, each in a repository of its own. */
function localViewOf(): InstanceType<typeof LocalView> {
  const models = names('model-', MODELS).map((name) => {
    const reference = { registry: 'docker.io', repository: `ai/${name}`, tag: '7B-Q4_K_M' };
    const id = formatReference(reference);
    return { id, label: `${name}:7B-Q4_K_M`, reference, manifestDigest: id, sizeBytes: 4e9 };
  });
  const nothing = () => () => {};
  const session = {
    onDidChange: nothing,
    onDidChangeDownloads: nothing,
    list: async () => models,
    downloads: async () => [],
    endpoints: () => [],
    diskUse: async () => undefined,
    stateOf: () => 'unloaded',
  };
  const known = { of: async () => undefined, onDidChange: nothing };
  return new LocalView(session as unknown as Session, new Machine(async () => undefined), known, known);
}

/** Opens the Local Models view. */
async function runLocal() {
  const view = localViewOf();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // Blocks are seen between two turns.
  await sleep(5);
  const [local, count] = await timed(async () => {
    const top = await view.getChildren();
    await Promise.all(top.map((node) => view.getTreeItem(node)));
    return top.length;
  });
  await sleep(5);
  delay.disable();
  view.dispose();
  if (count !== MODELS) throw new Error(`Listed ${count}`);
  return { local, localBlocked: delay.max / 1e6 };
}

/** Opens a row as VS Code does: its children, and the item of each. */
async function open(view: View, node: RegistriesNode): Promise<RegistriesNode[]> {
  const children = await view.getChildren(node);
  await Promise.all(children.map((child) => view.getTreeItem(child)));
  return children;
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

/** Opens the registry, repositories in it, filters, and opens everything again. */
async function run(host: string) {
  const view = viewOf();
  const registry: RegistriesNode = { kind: 'registry', text: host, entry: { host, namespace: undefined } };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [repositories, rows] = await timed(() => open(view, registry));
  if (rows.length !== REPOSITORIES) throw new Error(`Listed ${JSON.stringify(rows.slice(0, 2))}`);
  const tags: number[] = [];
  for (const row of rows.slice(0, OPENED)) tags.push((await timed(() => open(view, row)))[0]);
  view.setFilter('model-0499');
  const [filtered] = await timed(() => open(view, registry));
  view.setFilter('');
  const [again] = await timed(() => open(view, registry));
  delay.disable();
  view.dispose();
  return {
    repositories,
    tags: spread(tags).median,
    filtered,
    again,
    blocked: delay.max / 1e6,
    ...(await runLocal()),
  };
}

const { values } = parseArgs({ options: { runs: { type: 'string' }, json: { type: 'boolean' } } });
const server = await startFakeRegistry((request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://registry');
  if (pathname === '/v2/_catalog')
    return sendJson(response, 200, { repositories: names('team/model-', REPOSITORIES) });
  const name = /^\/v2\/(.+)\/tags\/list$/.exec(pathname)?.[1];
  return name === undefined
    ? sendJson(response, pathname === '/v2/' ? 200 : 404, {})
    : sendJson(response, 200, { name, tags: names('7B-Q4_K_M-', TAGS) });
});
try {
  const runs: Awaited<ReturnType<typeof run>>[] = [];
  for (let count = 0; count < Number(values.runs ?? 5); count++) runs.push(await run(server.host));
  const of = (key: keyof (typeof runs)[number]): number => spread(runs.map((one) => one[key])).median;
  const result = {
    repositories: of('repositories'),
    tags: of('tags'),
    filtered: of('filtered'),
    again: of('again'),
    // The first run also loads code.
    blockedFirst: runs[0]?.blocked ?? Number.NaN,
    blocked: of('blocked'),
    local: of('local'),
    localBlocked: of('localBlocked'),
  };
  if (values.json === true) console.log(JSON.stringify(result));
  else for (const [name, ms] of Object.entries(result)) console.log(`${name.padEnd(14)}${ms.toFixed(1)} ms`);
} finally {
  await server.close();
}
