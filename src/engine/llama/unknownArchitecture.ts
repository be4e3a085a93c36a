/** What is said of a model whose architecture llama.cpp does not know, before the load and after it. */
import { quoted } from '../../base/text.ts';

/** Why a model of an architecture that llama.cpp does not know is not run: one sentence. */
export function unknownArchitecture(name: string): string {
  return `Not runnable here: this version of llama.cpp does not know the architecture ${quoted(name, 64)}.`;
}
