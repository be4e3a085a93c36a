/** Reads the declarations of commands by importing their files, with an empty module in place of `vscode`. */
import { readdir, readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from '../../src/vscode/commands/defineCommand.ts';
import { type DeclaredCommand, type Files, IDS, LIST, MANIFEST, TITLES } from './contributions.ts';
import { ROOT } from './paths.ts';

const FOLDER = join(ROOT, 'src', 'vscode', 'commands');

// A declaration says nothing of the editor; the code beside it asks the editor only when it runs.
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier !== 'vscode') return next(specifier, context);
    try {
      // A test may have a stub of its own.
      return next(specifier, context);
    } catch {
      return { url: 'data:text/javascript,', shortCircuit: true };
    }
  },
});

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'id' in value && 'title' in value && 'run' in value;
}

/** The declarations in all files `<noun>/<verb>.ts`. */
export async function declaredCommands(): Promise<DeclaredCommand[]> {
  const names = (await readdir(FOLDER, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
  const found: DeclaredCommand[] = [];
  for (const file of names.filter((name) => /^\w+\/\w+\.ts$/.test(name))) {
    const exported = (await import(pathToFileURL(join(FOLDER, file)).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (isCommand(value)) found.push({ command: value, file, name });
    }
  }
  return found;
}

/** The generated files as they are; the text of one that is not there is empty. */
export async function readFiles(): Promise<Files> {
  const read = async (file: string): Promise<readonly [string, string]> => [
    file,
    await readFile(join(ROOT, file), 'utf8').catch(() => ''),
  ];
  return Object.fromEntries(await Promise.all([MANIFEST, TITLES, IDS, LIST].map(read)));
}
