/** A real VS Code beside a real registry, in which scenarios run step by step. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type CodeServer, startCodeServer } from '../../scripts/support/codeServer.ts';
import { RESULTS } from '../../scripts/support/paths.ts';
import { copySampleWorkspace } from '../../scripts/support/sample.ts';
import { launchBrowser, Workbench } from '../../scripts/support/workbench.ts';
import { type MeteringProxy, startMeteringProxy } from '../support/meteringProxy.ts';
import { startTestModels } from '../support/testModels.ts';

/** Bytes a second. */
const LINE_SPEED = 800_000;

/** Bytes after which a line is held: enough to see, and less than the model has. */
const HELD_BYTES = 2_500_000;

/** What stays open during a scenario. */
export interface Stage {
  readonly workbench: Workbench;
  readonly server: CodeServer;
  /** The registry. */
  readonly host: string;
  /** The same registry behind a slow line. */
  readonly slowHost: string;
  /** That line, which can be held until somebody has seen or clicked something. */
  readonly line: MeteringProxy;
  /** The folder that is open, a copy of the sample. */
  readonly workspace: string;
  /** Folder of the store. */
  readonly store: string;
  /** Ends the registry. */
  readonly closeRegistry: () => Promise<void>;
  readonly shot: (name: string) => Promise<void>;
}

/** Where the extension comes from, and what is special about its surroundings. */
export type Source = ({ readonly extension: string } | { readonly vsix: string }) & {
  /** Added to the environment of VS Code. */
  readonly env?: Readonly<Record<string, string>>;
  /** Entries of the Registries view; the test registry where absent. */
  readonly registries?: readonly string[];
  /** More settings. @param host the registry's. */
  readonly settings?: (host: string) => Readonly<Record<string, unknown>>;
  /** Of the slow line, bytes; where absent a person sees the progress of 4 MB. */
  readonly bytesPerSecond?: number;
};

/** Opens VS Code beside a real registry, runs `steps`, and cleans up. */
export async function onStage(
  name: string,
  source: Source,
  steps: (stage: Stage) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-ui-'));
  const cleanUp: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  ];
  try {
    const models = await startTestModels();
    cleanUp.push(() => models.close());
    const { bytesPerSecond = LINE_SPEED } = source;
    const proxy = await startMeteringProxy(models.host, { bytesPerSecond });
    cleanUp.push(() => proxy.close());
    const store = join(folder, 'store');
    const workspace = join(folder, 'workspace');
    await copySampleWorkspace(workspace);
    const settings = {
      'ociModels.registries': source.registries ?? [models.host],
      'ociModels.storePath': store,
      'workbench.startupEditor': 'none',
      'editor.minimap.enabled': false,
      // Less to draw and to run beside what is tested.
      'editor.cursorBlinking': 'solid',
      'typescript.disableAutomaticTypeAcquisition': true,
      'typescript.tsserver.useSyntaxServer': 'never',
      // Selected spaces would be drawn as dots, and steps read what is drawn.
      'editor.renderWhitespace': 'none',
      ...source.settings?.(models.host),
    };
    const server = await startCodeServer({ ...source, workspace, settings });
    cleanUp.push(() => server.close());
    const browser = await launchBrowser();
    cleanUp.push(() => browser.close());
    const workbench = await Workbench.open(browser, server.url);
    const shot = (step: string): Promise<void> => workbench.screenshot(join(RESULTS, name, `${step}.png`));
    try {
      const hosts = { host: models.host, slowHost: proxy.host, line: proxy, closeRegistry: models.close };
      await steps({ workbench, server, ...hosts, workspace, store, shot });
    } catch (error) {
      await shot('failure');
      await tellState(workbench);
      throw error;
    }
  } finally {
    for (const step of cleanUp.reverse()) await step();
  }
}

/**
 * Prints what is on the screen after a failure, for whoever has only the output. There is no log to print: this editor
 * comes without the compiled part of VS Code that writes logs.
 */
async function tellState(workbench: Workbench): Promise<void> {
  const texts = [await workbench.statusItems(), await workbench.notifications(), await workbench.treeRows()];
  console.log(texts.map((items) => items.join(' | ')).join('\n'));
}

/** Changes a setting of the machine while the window is open, as somebody who edits settings.json does. */
export async function changeSetting({ dataDir }: CodeServer, key: string, value: unknown): Promise<void> {
  const path = join(dataDir, 'data', 'Machine', 'settings.json');
  const settings = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...settings, [key]: value }));
}

/**
 * Holds the slow line when some of a model came, until that is seen or clicked, however slow the editor is.
 * @returns what lets the line go on.
 */
export function holdLine({ line }: Pick<Stage, 'line'>): () => void {
  let isReleased = false;
  line.holdAt(line.sentBytes() + HELD_BYTES, () => isReleased);
  return () => {
    isReleased = true;
  };
}

/** Runs a step as a subtest. */
export type Step = (title: string, work: (t: TestContext) => Promise<void>) => Promise<void>;

/** Returns what runs a step. One that fails makes the later ones meaningless, and ends the scenario with a picture. */
export function stepsOf(t: TestContext): Step {
  return async (title, work) => {
    let failure: unknown;
    await t.test(title, async (own) => {
      try {
        await work(own);
      } catch (error) {
        failure = error;
        throw error;
      }
    });
    if (failure !== undefined) throw failure;
  };
}
