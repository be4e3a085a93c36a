/** Prompts of fill-in-the-middle are the published forms to the letter, and each model gets the form it was trained with. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FIM_FORMATS, fimFormat } from '../../../src/inference/format/fim/index.ts';

const BARRED = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'];
const ANGLED = ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'];

interface Published {
  readonly model: string;
  /** Special tokens of its tokenizer, those that matter. */
  readonly marks: readonly string[];
  readonly format: string;
  /** The publisher's form, with P and S for the texts. */
  readonly form: string;
}

const PUBLISHED: readonly Published[] = [
  {
    model: 'Qwen2.5-Coder-1.5B',
    marks: ['<|endoftext|>', '<|im_start|>', ...BARRED, '<|fim_pad|>', '<|repo_name|>', '<|file_sep|>'],
    format: 'qwen-coder',
    form: '<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>',
  },
  {
    model: 'codegemma-2b',
    marks: ['<bos>', '<eos>', ...BARRED, '<|file_separator|>'],
    format: 'codegemma',
    form: '<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>',
  },
  {
    model: 'granite-4.0-h-tiny',
    marks: ['<|end_of_text|>', ...BARRED, '<|fim_pad|>', '<|filename|>', '<|reponame|>'],
    format: 'granite-4',
    form: '<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>',
  },
  {
    model: 'a model of another family',
    marks: BARRED,
    format: 'fim',
    form: '<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>',
  },
  {
    model: 'starcoder2-3b',
    marks: ['<|endoftext|>', ...ANGLED, '<repo_name>', '<file_sep>'],
    format: 'starcoder-2',
    form: '<fim_prefix>P<fim_suffix>S<fim_middle>',
  },
  {
    model: 'starcoderbase-1b',
    marks: ['<|endoftext|>', ...ANGLED, '<filename>', '<reponame>'],
    format: 'starcoder',
    form: '<fim_prefix>P<fim_suffix>S<fim_middle>',
  },
  {
    model: 'granite-3b-code-base',
    marks: ['<|endoftext|>', ...ANGLED, '<filename>', '<reponame>'],
    format: 'starcoder',
    form: '<fim_prefix>P<fim_suffix>S<fim_middle>',
  },
  {
    model: 'Mellum-4b-base',
    marks: ['<|endoftext|>', ...ANGLED, '<filename>', '<reponame>'],
    format: 'mellum',
    form: '<fim_suffix>S<fim_prefix>P<fim_middle>',
  },
  {
    model: 'deepseek-coder-1.3b-base',
    marks: ['<｜fim▁hole｜>', '<｜fim▁begin｜>', '<｜fim▁end｜>'],
    format: 'deepseek-coder',
    form: '<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>',
  },
  {
    model: 'Codestral-22B',
    marks: ['<s>', '[INST]', '[PREFIX]', '[MIDDLE]', '[SUFFIX]'],
    format: 'codestral',
    form: '[SUFFIX]S[PREFIX]P',
  },
  {
    model: 'Seed-Coder-8B-Base',
    marks: ['<[fim-middle]>', '<[fim-prefix]>', '<[fim-suffix]>'],
    format: 'seed-coder',
    form: '<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>',
  },
  {
    model: 'CodeLlama-7b',
    marks: ['<s>', '▁<PRE>', '▁<SUF>', '▁<MID>', '▁<EOT>'],
    format: 'codellama',
    form: '▁<PRE> P▁<SUF>S▁<MID>',
  },
  {
    model: 'GLM-4.5-Air-Base',
    marks: ['<|endoftext|>', '<|user|>', '<|code_prefix|>', '<|code_middle|>', '<|code_suffix|>'],
    format: 'glm',
    form: '<|code_prefix|>P<|code_suffix|>S<|code_middle|>',
  },
  {
    model: 'Falcon-H1-Tiny-Coder',
    marks: ['<|prefix|>', '<|suffix|>', '<|middle|>'],
    format: 'falcon-h1',
    form: '<|prefix|>P<|suffix|>S<|middle|>',
  },
];

describe('prompts of fill-in-the-middle', () => {
  for (const { model, marks, format, form } of PUBLISHED) {
    test(`of ${model}`, () => {
      const found = fimFormat({ marks, name: model });
      assert.equal(found.name, format);
      const parts = found.prompt({ prefix: 'if (a) {\n  ', suffix: '\n}\n' });
      const text = parts.map((part) => (typeof part === 'string' ? part : part.mark)).join('');
      assert.equal(text, form.replace(/P(?![A-Z])/, 'if (a) {\n  ').replace(/S(?![A-Z])/, '\n}\n'));
      // A mark that is text in the prompt would be split into letters.
      for (const part of parts) if (typeof part === 'object') assert.ok(marks.includes(part.mark), part.mark);
      assert.equal(found.suffixFirst, /^\W*(?:fim-)?suffix/i.test(form) || form.startsWith('<fim_suffix>'));
    });
  }

  const surroundings = {
    repository: 'shop',
    path: 'src/cart.py',
    files: [
      { path: 'src/item.py', text: 'class Item:\n    price = 1' },
      { path: 'src/tax.py', text: 'TAX = 2' },
    ],
  };
  /** Their tokenizers have the marks of files, too. */
  const REPOSITORY: readonly [model: string, form: string][] = [
    [
      'Qwen2.5-Coder-1.5B',
      '<|repo_name|>shop\n<|file_sep|>src/item.py\nclass Item:\n    price = 1\n<|file_sep|>src/tax.py\nTAX = 2\n' +
        '<|file_sep|>src/cart.py\n<|fim_prefix|>a = <|fim_suffix|>\nb<|fim_middle|>',
    ],
    [
      'starcoder2-3b',
      '<repo_name>shop<file_sep>src/item.py\nclass Item:\n    price = 1<file_sep>src/tax.py\nTAX = 2' +
        '<file_sep><fim_prefix>src/cart.py\na = <fim_suffix>\nb<fim_middle>',
    ],
    [
      'Mellum-4b-base',
      '<reponame>shop<filename>src/item.py\nclass Item:\n    price = 1\n<filename>src/tax.py\nTAX = 2\n' +
        '<filename>src/cart.py\n<fim_suffix>\nb<fim_prefix>a = <fim_middle>',
    ],
    [
      'Codestral-22B',
      '[SUFFIX]\nb[PREFIX]+++++ src/item.py \nclass Item:\n    price = 1\n\n+++++ src/tax.py \nTAX = 2\n\n' +
        '+++++ src/cart.py\na = ',
    ],
  ];
  for (const [model, form] of REPOSITORY) {
    test(`of ${model} with other files`, () => {
      const { marks = [] } = PUBLISHED.find((published) => published.model === model) ?? {};
      const { repository } = fimFormat({ marks, name: model });
      const parts = repository?.prompt({ prefix: 'a = ', suffix: '\nb' }, surroundings) ?? [];
      assert.equal(parts.map((part) => (typeof part === 'string' ? part : part.mark)).join(''), form);
      for (const part of parts) if (typeof part === 'object') assert.ok(marks.includes(part.mark), part.mark);
      // A mark of the form is one in the prompt, and nothing else is.
      const marked = marks.filter((mark) => form.includes(mark));
      for (const part of parts)
        if (typeof part === 'string') assert.ok(!marked.some((mark) => part.includes(mark)), part);
    });
  }

  test('have no other files in families that were trained without, or without the marks for them', () => {
    const withFiles = REPOSITORY.map(([model]) => model);
    for (const { model, marks } of PUBLISHED)
      assert.equal(
        fimFormat({ marks, name: model }).repository !== undefined,
        withFiles.includes(model),
        model,
      );
    assert.equal(fimFormat({ marks: [...BARRED, '<|file_sep|>'], name: 'x' }).repository, undefined);
  });

  test('every format has a published form here', () => {
    const tested = new Set(PUBLISHED.map(({ format }) => format));
    assert.deepEqual(
      FIM_FORMATS.map(({ name }) => name).filter((name) => !tested.has(name)),
      [],
    );
  });

  test('marks in the text of a file stay text', () => {
    const format = fimFormat({ marks: BARRED, name: 'x' });
    const parts = format.prompt({ prefix: '<|fim_middle|>', suffix: '' });
    assert.deepEqual(parts[1], '<|fim_middle|>');
  });

  test('a model without such marks is refused in one sentence, also if other marks look alike', () => {
    // SmolLM2 has StarCoder's marks for files, but none for a hole.
    for (const marks of [['<file_sep>', '<repo_name>', '<|im_start|>'], BARRED.slice(1), []]) {
      assert.throws(() => fimFormat({ marks, name: 'smollm2:135M' }), {
        code: 'unsupported-artifact',
        message: /^smollm2:135M cannot complete code: .*\. Choose a model that was trained for it, .*\.$/,
      });
    }
  });
});
