import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fileStem,
  huggingFaceReference,
  importedReference,
  quantizationOf,
} from '../../../src/adopt/importedNames.ts';
import { formatReference, parseReference } from '../../../src/oci/index.ts';
import { safeName } from '../../../src/store/disk/layout.ts';
import fc from '../../support/fastCheck.ts';

test('quantisations stand at the end of file names, as publishers write them', () => {
  const cases: [string, string | undefined][] = [
    ['qwen2.5-coder-1.5b-instruct-q4_k_m.gguf', 'Q4_K_M'],
    ['Qwen3-30B-A3B-UD-Q4_K_XL.gguf', 'UD-Q4_K_XL'],
    ['model.Q8_0.gguf', 'Q8_0'],
    ['gpt-oss-20b-mxfp4.gguf', 'MXFP4'],
    ['gpt-oss-120b-MXFP4_MOE-00001-of-00003.gguf', 'MXFP4_MOE'],
    ['DeepSeek-R1-IQ1_S-00002-of-00003.gguf', 'IQ1_S'],
    ['tiny-bf16.GGUF', 'BF16'],
    ['BitNet-TQ2_0.gguf', 'TQ2_0'],
    ['Q4_0.gguf', 'Q4_0'],
    ['model.gguf', undefined],
    ['faq4_0.gguf', undefined],
    ['llama-3-8b.gguf', undefined],
    ['Q4_K_M-by-someone.gguf', undefined],
  ];
  for (const [name, expected] of cases) assert.equal(quantizationOf(name), expected, name);
  assert.equal(fileStem('a-00001-of-00002.gguf'), 'a');
});

test('any text makes a reference that is read back, in a registry that cannot exist', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('..', '/', 'CON', 'a'.repeat(500)),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), text, (parts, tag) => {
      const reference = importedReference(parts, tag);
      assert.deepEqual(parseReference(formatReference(reference)), reference);
      assert.equal(reference.registry, 'imported.invalid');
      assert.match(safeName(reference), /^[^/\\:]+$/);
    }),
  );
});

test('a file of Hugging Face keeps its origin, where that is a name', () => {
  const cases: [string, string, string | undefined][] = [
    ['org/Repo-GGUF', 'Q4_K_M', 'huggingface.co/org/Repo-GGUF:Q4_K_M'],
    ['org/Repo', 'a file.gguf', undefined],
    ['a/b/c', 'Q4_K_M', undefined],
    ['gpt2', 'model.gguf', 'huggingface.co/gpt2:model.gguf'],
  ];
  for (const [repository, tag, expected] of cases) {
    const reference = huggingFaceReference(repository, tag);
    assert.equal(reference && formatReference(reference), expected);
  }
});
