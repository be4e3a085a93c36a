/**
 * Docker Hub's API on this machine: repositories of `ai`, most pulled first, and tags with sizes. The fields are those
 * of docs.docker.com/reference/api/hub; the counts are made up.
 */
import { type FakeRegistry, sendJson, startFakeRegistry } from './fakeRegistry.ts';

const REPOSITORIES: readonly (readonly [name: string, pulls: number, description: string])[] = [
  [
    'qwen3',
    912_345,
    'Qwen3 is the latest Qwen LLM, built for top-tier coding, math, reasoning, and language tasks.',
  ],
  ['gemma3', 654_321, 'Google’s latest Gemma, small yet strong for chat and generation'],
  ['smollm2', 543_210, 'Tiny LLM built for speed, edge devices, and local development'],
  ['qwen3-coder', 321_098, 'Qwen3-Coder is Qwen’s new series of coding agent models.'],
  ['granite-4.0-h-nano', 43_210, 'Granite-4.0-h-nano: lightweight instruct models with tool calling'],
];
const TAGS: Readonly<Record<string, number>> = {
  latest: 270_600_000,
  '360M-Q4_K_M': 270_600_000,
  '135M-Q4_K_M': 105_500_000,
  '360M-F16': 725_600_000,
};

/** Starts it; every repository has the same tags. */
export function startHub(): Promise<FakeRegistry> {
  return startFakeRegistry((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    if (pathname === '/v2/repositories/ai/') {
      const results = REPOSITORIES.map(([name, pulls, description]) => ({
        name,
        namespace: 'ai',
        description,
        is_private: false,
        pull_count: pulls,
      }));
      return sendJson(response, 200, { count: results.length, next: null, previous: null, results });
    }
    if (/^\/v2\/repositories\/ai\/[^/]+\/tags\/$/.test(pathname)) {
      const results = Object.entries(TAGS).map(([name, bytes]) => ({ name, full_size: bytes }));
      return sendJson(response, 200, { count: results.length, next: null, previous: null, results });
    }
    sendJson(response, 404, { message: 'object not found' });
  });
}
