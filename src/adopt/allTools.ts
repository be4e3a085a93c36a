/** The tools that are known. */
import { dockerModelRunner } from './dockerModelRunner.ts';
import type { Machine } from './homeFolders.ts';
import { huggingFace } from './huggingFace.ts';
import { llamaCpp } from './llamaCpp.ts';
import { lmStudio } from './lmStudio.ts';
import { llmman, ociLayouts } from './ociLayout.ts';
import { ollama } from './ollama.ts';
import type { ScanOptions } from './scan.ts';
import type { ForeignTool } from './tool.ts';

/** Those whose content is named by its digest come first: it is found without reading it. */
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
