/**
 * Records what the packaging tools write as OCI image layouts in test/fixtures/artifacts, with a README that says
 * which tool wrote them and how. Run by hand: node test/interop/recordFixtures.ts [family/name]…
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDockerRegistry } from '../support/dockerRegistry.ts';
import { recordLayout } from '../support/layoutRecorder.ts';
import { BUILT, type BuiltArtifact, pushBuilt } from './builtArtifacts.ts';
import { cook, missingTools, repositoryOf, toolVersion, writeInputs } from './packagers.ts';
import { RECIPES, type Recipe } from './recipes.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/artifacts', import.meta.url));

async function readme(recipe: Recipe): Promise<string> {
  const tools = [...new Set(recipe.steps.map(({ tool }) => tool))];
  const versions = await Promise.all(tools.map(async (tool) => `${tool} ${await toolVersion(tool)}`));
  const commands = recipe.steps.map(({ tool, args, env }) => {
    const settings = Object.entries(env ?? {}).map(([key, value]) => `${key}=${value}`);
    return [...settings, tool, ...args].join(' ');
  });
  return `# ${repositoryOf(recipe)}

${recipe.about}

Written by ${versions.join(', ')}, from the files that \`writeInputs\` in test/interop/packagers.ts makes:

    ${commands.join('\n    ')}
`;
}

function builtReadme({ family, name, about }: BuiltArtifact): string {
  return `# ${family}/${name}

${about}

Written by test/interop/builtArtifacts.ts, which follows the source that it names.
`;
}

async function record(
  { family, name }: Pick<Recipe, 'family' | 'name'>,
  host: string,
  text: string,
): Promise<void> {
  const folder = join(FIXTURES, family, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await recordLayout(`${host}/${family}/${name}`, '1', folder);
  await writeFile(join(folder, 'README.md'), text);
}

const wanted = process.argv.slice(2);
const work = await mkdtemp(join(tmpdir(), 'oci-models-fixtures-'));
const registry = await startDockerRegistry();
try {
  const kitchen = { host: registry.host, input: join(work, 'in'), home: join(work, 'home') };
  await mkdir(kitchen.home);
  await writeInputs(kitchen.input);
  for (const recipe of RECIPES) {
    const name = repositoryOf(recipe);
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const missing = missingTools(recipe);
    if (missing.length > 0) {
      console.log(`${name}: left as it is, without ${missing.join(', ')}`);
      continue;
    }
    await cook(recipe, kitchen);
    await record(recipe, registry.host, await readme(recipe));
    console.log(`${name}: recorded`);
  }
  for (const built of BUILT) {
    const name = `${built.family}/${built.name}`;
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await pushBuilt(built, kitchen.input, `${registry.host}/${name}`);
    await record(built, registry.host, builtReadme(built));
    console.log(`${name}: recorded`);
  }
} finally {
  await registry.close();
  await rm(work, { recursive: true, force: true });
}
