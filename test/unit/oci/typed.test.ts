import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatReference,
  parseReference,
  parseTypedReference,
  recognizeReference,
} from '../../../src/oci/index.ts';

const READ: readonly [typed: string, whole: string][] = [
  ['smollm2', 'docker.io/ai/smollm2:latest'],
  ['SmolLM2', 'docker.io/ai/smollm2:latest'],
  ['AI/SmolLM2:135M-Q4_0', 'docker.io/ai/smollm2:135M-Q4_0'],
  ['GHCR.io/Org/Model:Tag', 'ghcr.io/org/model:Tag'],
  ['hf.co/Org/Repo-GGUF:Q4_K_M', 'huggingface.co/Org/Repo-GGUF:Q4_K_M'],
  ['docker model pull ai/smollm2', 'docker.io/ai/smollm2:latest'],
  ['$ docker  model run  ai/SmolLM2:135M-Q4_0 "Hello there"', 'docker.io/ai/smollm2:135M-Q4_0'],
  ['docker pull --platform linux/amd64 -q ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ["oras pull 'localhost:5000/a/b:c' -o out", 'localhost:5000/a/b:c'],
  ['ollama run qwen2.5-coder:1.5b', 'registry.ollama.ai/library/qwen2.5-coder:1.5b'],
  ['ollama pull hf.co/org/Repo-GGUF:Q8_0', 'huggingface.co/org/Repo-GGUF:Q8_0'],
  ['hf download --revision main org/Repo-GGUF', 'huggingface.co/org/Repo-GGUF:latest'],
  [
    'huggingface-cli download org/Repo-GGUF model-Q4_K_M.gguf',
    'huggingface.co/org/Repo-GGUF:model-Q4_K_M.gguf',
  ],
  ['llama-server -hf org/Repo-GGUF:Q4_K_M -c 4096', 'huggingface.co/org/Repo-GGUF:Q4_K_M'],
  ['oras pull -u me --password hunter2 ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ['podman pull --creds me:hunter2 ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ['hf download --token "correct horse battery" org/Repo-GGUF', 'huggingface.co/org/Repo-GGUF:latest'],
  ['docker pull --new-flag ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ['sudo docker pull ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ['kit pull ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ['ramalama pull tinyllama', 'registry.ollama.ai/library/tinyllama:latest'],
  ['ramalama run oci://ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ['`ai/smollm2:135M-Q4_0`', 'docker.io/ai/smollm2:135M-Q4_0'],
  [' “ai/smollm2” ', 'docker.io/ai/smollm2:latest'],
  ['<https://hub.docker.com/r/ai/smollm2>', 'docker.io/ai/smollm2:latest'],
  ['ai/smollm2;', 'docker.io/ai/smollm2:latest'],
  ['ai\u200b/smollm2\ufeff.', 'docker.io/ai/smollm2:latest'],
];

describe('names as they are typed and pasted', () => {
  for (const [text, whole] of READ) {
    test(text, () => assert.equal(formatReference(parseTypedReference(text)), whole));
  }

  for (const text of ['', 'ai/Not A Name', 'docker model pull', 'docker compose up', 'rm -rf ai/smollm2']) {
    test(`“${text}” is refused as it was typed`, () => {
      const reasonOf = (read: (text: string) => unknown): string => {
        try {
          return `a reference: ${JSON.stringify(read(text))}`;
        } catch (error) {
          return String(error);
        }
      };
      assert.match(reasonOf(parseTypedReference), /^ModelError/);
      assert.equal(reasonOf(parseTypedReference), reasonOf(parseReference));
    });
  }
});

test('a path is told from a name, and what brings a file is named', () => {
  for (const text of ['/home/me/m.gguf', '~/m.gguf', './m.gguf', '..\\m', 'C:\\m\\a.gguf', 'file:///m.gguf'])
    assert.throws(
      () => parseTypedReference(text),
      /is a path on this machine.*Import Models from Other Tools…/,
    );
  assert.equal(formatReference(parseTypedReference('model.gguf')), 'docker.io/ai/model.gguf:latest');
});

const RECOGNIZED: readonly [text: string, whole: string][] = [
  [' docker model pull ai/smollm2\n', 'docker.io/ai/smollm2:latest'],
  ['ollama run qwen3:0.6b', 'registry.ollama.ai/library/qwen3:0.6b'],
  ['docker pull -q --platform=linux/amd64 ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ["oras pull -p 'correct horse' ghcr.io/org/model:tag", 'ghcr.io/org/model:tag'],
  ['docker model run ai/smollm2 --unknown value', 'docker.io/ai/smollm2:latest'],
  ['ai/smollm2', 'docker.io/ai/smollm2:latest'],
  ['ai/SmolLM2:135M-Q4_0', 'docker.io/ai/smollm2:135M-Q4_0'],
  ['hf.co/org/Repo-GGUF', 'huggingface.co/org/Repo-GGUF:latest'],
  ['https://huggingface.co/org/Repo-GGUF', 'huggingface.co/org/Repo-GGUF:latest'],
  ['https://hub.docker.com/r/ai/smollm2', 'docker.io/ai/smollm2:latest'],
  ['hub.docker.com/r/ai/smollm2', 'docker.io/ai/smollm2:latest'],
  ['oci://ghcr.io/org/model', 'ghcr.io/org/model:latest'],
  ['ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
  ['localhost/org/model:tag', 'localhost/org/model:tag'],
  ['registry.example.com:5000/team/model:q4', 'registry.example.com:5000/team/model:q4'],
  [`example.com/m@sha256:${'b'.repeat(64)}`, `example.com/m@sha256:${'b'.repeat(64)}`],
  ['127.0.0.1:5000/a/b:c', '127.0.0.1:5000/a/b:c'],
  [`ghcr.io/org/model@sha256:${'a'.repeat(64)}`, `ghcr.io/org/model@sha256:${'a'.repeat(64)}`],
];

const NOT_RECOGNIZED: readonly string[] = [
  '',
  'smollm2',
  'smollm2:latest',
  'correct horse battery staple',
  'hunter2',
  'org/model:tag',
  'github.com/org/repository',
  'https://github.com/org/repository',
  'https://huggingface.co/docs/hub',
  'https://user:secret@ghcr.io/org/model:tag',
  'src/index.ts:12',
  './src/index.ts:12:5',
  'C:/models/a.gguf',
  'ai/Not A Name',
  'ai/ml engineer',
  'docker compose up',
  'db.example.com:5432/app:hunter2',
  'api.example.org/bot123456:hunter2',
  '12:30/13:45',
  'docker pull --secret hunter2 ghcr.io/org/model:tag',
  'oras pull --password "correct horse battery',
  `ghcr.io/org/model:tag\nrm -rf /`,
  `docker pull ${'a'.repeat(100_000)}`,
];

describe('names in a text that nobody typed', () => {
  for (const [text, whole] of RECOGNIZED)
    test(JSON.stringify(text), () => {
      const found = recognizeReference(text);
      assert.equal(found && formatReference(found), whole);
    });

  for (const text of NOT_RECOGNIZED)
    test(`nothing in ${JSON.stringify(text.slice(0, 60))}`, () =>
      assert.equal(recognizeReference(text), undefined));
});
