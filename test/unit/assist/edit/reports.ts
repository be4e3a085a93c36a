/** Answers as models were reported to give them, each with what should become of it. */

/** An answer and the lines that it is for. */
export interface Reported {
  readonly id: string;
  readonly languageId: string;
  readonly original: readonly string[];
  readonly answer: string;
  /** The new lines, or undefined for a refusal. */
  readonly want: readonly string[] | undefined;
  readonly indentation?: string;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

const SUM = ['  const total = 0;', '  for (const x of xs) {', '    total += x;', '  }'];
const ADD = ['function add(a, b) {', '  return a - b;', '}'];
const ADDED = ['function add(a, b) {', '  return a + b;', '}'];
const NESTED = ['\tif (a) {', '\t\tb();', '\t}'];
const NESTED_NEW = ['\tif (a) {', '\t\tc();', '\t}'];

export const REPORTS: readonly Reported[] = [
  {
    id: 'a thought, and no fence (continuedev/continue#4165)',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: '<think>\nlet me set x = 2;\n</think>\n\nlet x = 2;\n',
    want: ['let x = 2;'],
  },
  {
    id: 'a fence indented by a tab',
    languageId: 'go',
    original: ['\tx := 1'],
    answer: '\t```go\n\tx := 2\n\t```',
    want: ['\tx := 2'],
    indentation: '\t',
  },
  {
    id: 'a fence behind text',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: 'Sure! ```ts\nlet x = 2;\n```\n',
    want: ['let x = 2;'],
  },
  {
    id: 'inline code',
    languageId: 'typescript',
    original: ['const x = 1;'],
    answer: '`const x: number = 1;`',
    want: ['const x: number = 1;'],
  },
  {
    id: 'a block on one line',
    languageId: 'typescript',
    original: ['const x = 1;'],
    answer: '```ts const x: number = 1; ```',
    want: ['const x: number = 1;'],
  },
  {
    id: 'text behind the closing fence',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: '```ts\nlet x = 2;\n``` This changes x.\nMore text.',
    want: ['let x = 2;'],
  },
  {
    id: 'blocks within Markdown',
    languageId: 'markdown',
    original: ['# Use', '', '```', 'run()', '```', '', 'See docs.'],
    answer: '```md\n# Usage\n\n```\nrun()\n```\n\nSee the docs.\n```\n',
    want: ['# Usage', '', '```', 'run()', '```', '', 'See the docs.'],
  },
  {
    id: 'a diff without headers',
    languageId: 'javascript',
    original: ADD,
    answer: '```diff\n function add(a, b) {\n-  return a - b;\n+  return a + b;\n }\n```',
    want: ADDED,
  },
  {
    id: 'a unified diff',
    languageId: 'javascript',
    original: ADD,
    answer:
      '```diff\n--- a/x.js\n+++ b/x.js\n@@ -1,3 +1,3 @@\n function add(a, b) {\n-  return a - b;\n+  return a + b;\n }\n```',
    want: ADDED,
  },
  {
    id: 'a command for a shell before the code',
    languageId: 'typescript',
    original: ['import x'],
    answer: 'First install it:\n```bash\nnpm install zod\n```\nThen:\n```ts\nimport { z } from "zod";\n```\n',
    want: ['import { z } from "zod";'],
  },
  {
    id: 'the old code before the new one',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: 'Original code:\n```ts\nlet x = 1;\n```\nUpdated code:\n```ts\nlet x = 2;\n```\n',
    want: ['let x = 2;'],
  },
  {
    id: 'spaces for tabs',
    languageId: 'typescript',
    original: NESTED,
    answer: '```ts\n    if (a) {\n        c();\n    }\n```',
    want: NESTED_NEW,
    indentation: '\t',
  },
  {
    id: 'spaces from column 0 for tabs',
    languageId: 'typescript',
    original: NESTED,
    answer: '```ts\nif (a) {\n    c();\n}\n```',
    want: NESTED_NEW,
    indentation: '\t',
  },
  {
    id: 'four spaces for two',
    languageId: 'typescript',
    original: SUM,
    answer: '```ts\n    let total = 0;\n    for (const x of xs) {\n        total += x;\n    }\n```',
    want: ['  let total = 0;', '  for (const x of xs) {', '    total += x;', '  }'],
    indentation: '  ',
  },
  {
    id: 'an empty line with indentation',
    languageId: 'python',
    original: ['        '],
    answer: '```python\nreturn a + b\n```',
    want: ['        return a + b'],
  },
  {
    id: 'the whole function for one line',
    languageId: 'javascript',
    original: ['  return a - b;'],
    answer: '```js\nfunction add(a, b) {\n  return a + b;\n}\n```',
    want: ['  return a + b;'],
    before: ['function add(a, b) {'],
    after: ['}'],
  },
  {
    id: 'line ends of Windows',
    languageId: 'plaintext',
    original: ['a', 'b'],
    answer: '```\r\na\r\nc\r\n```\r\n',
    want: ['a', 'c'],
  },
  {
    id: 'empty lines at the start and the end',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: '```ts\n\nlet x = 2;\n\n```',
    want: ['let x = 2;'],
  },
  {
    id: 'line numbers',
    languageId: 'typescript',
    original: ['let x = 1;', 'let y = 2;'],
    answer: '```ts\n1: let x = 2;\n2: let y = 2;\n```',
    want: ['let x = 2;', 'let y = 2;'],
  },
  {
    id: 'a call of a tool without a place',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: '<tool_call>\n{"name": "edit_file", "arguments": {"code": "let x = 2;"}}\n</tool_call>',
    want: undefined,
  },
  {
    id: 'spaces at the end of a line of Markdown',
    languageId: 'markdown',
    original: ['a  ', 'b'],
    answer: '```md\na  \nc\n```',
    want: ['a  ', 'c'],
  },
  {
    id: 'the mark of a turn behind the block',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: '```ts\nlet x = 2;\n```<|im_end|>',
    want: ['let x = 2;'],
  },
  {
    id: 'a block that the end of the answer closes',
    languageId: 'typescript',
    original: ['let x = 1;'],
    answer: '```ts\nlet x = 2;',
    want: ['let x = 2;'],
  },
  {
    id: 'lines that are left out',
    languageId: 'typescript',
    original: ['a();', 'b();', 'c();', 'd();'],
    answer: '```ts\na2();\n// ... existing code ...\n```',
    want: undefined,
  },
  {
    id: 'no fence',
    languageId: 'python',
    original: ['x = 1'],
    answer: 'x = 2',
    want: ['x = 2'],
  },
  {
    id: 'nothing but prose',
    languageId: 'python',
    original: ['x = 1'],
    answer: 'I am sorry, I cannot do that.',
    want: undefined,
  },
  {
    id: 'tags of HTML',
    languageId: 'python',
    original: ['x = 1'],
    answer: '<code>\nx = 2\n</code>',
    want: ['x = 2'],
  },
];
