/** Lists the tools whose models can be imported. */
import { dockerModelRunner } from './dockerModelRunner.ts';
import type { Machine } from './homeFolders.ts';
import { huggingFace } from './huggingFace.ts';
import { llamaCpp } from './llamaCpp.ts';
import { lmStudio } from './lmStudio.ts';
import { llmman, ociLayouts } from './ociLayout.ts';
import { ollama } from './ollama.ts';
import type { ScanOptions } from './scan.ts';
import type { ForeignTool } from './tool.ts';

/** Begins with the tools that name content by its digest, because they find it without reading anything. */
export async function foreignTools(
  machine: Machine,
  layouts: readonly string[],
  options: ScanOptions,
): Promise<ForeignTool[]> {
  const tools = [
    ollama(machine),
    dockerModelRunner(machine),
    llmman(machine),
    ociLayouts(layouts),
    huggingFace(machine),
    llamaCpp(machine),
    await lmStudio(machine, options),
  ];
  return tools.filter(({ folders }) => folders.length > 0);
}
