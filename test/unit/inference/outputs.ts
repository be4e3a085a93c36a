/**
 * Raw outputs by family, with what they mean. Forms are those of the published chat templates and of Ollama's parsers
 * (model/parsers) and vLLM's tool parsers; the values are ours.
 */
export const SEARCH = {
  name: 'search',
  inputSchema: {
    type: 'object',
    properties: {
      query: { type: 'string' },
      limit: { type: 'integer' },
      exact: { type: 'boolean' },
      paths: { type: 'array', items: { type: 'string' } },
    },
    required: ['query'],
  },
} as const;
export const READ = {
  name: 'read_file',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
} as const;
export const NOW = { name: 'now', inputSchema: { type: 'object', properties: {} } } as const;
export const TOOLS = [SEARCH, READ, NOW];

export interface Output {
  readonly family: string;
  /** True if only the family's name tells the form. */
  readonly isByName?: boolean;
  readonly what: string;
  readonly raw: string;
  readonly thoughtOpen?: boolean;
  readonly text?: string;
  readonly thought?: string;
  readonly calls?: readonly (readonly [name: string, args: Readonly<Record<string, unknown>>])[];
}

const ONE = ['search', { query: 'a "b" \n c', limit: 5 }] as const;
const JSON_ONE = '{"name": "search", "arguments": {"query": "a \\"b\\" \\n c", "limit": 5}}';
const CODE = 'if (a < b && c > 1) {\n  return "</x>";\n}';

export const OUTPUTS: readonly Output[] = [
  {
    family: 'qwen',
    what: 'no tools in it',
    raw: 'Just text with {braces} and <b>.',
    text: 'Just text with {braces} and <b>.',
  },
  { family: 'qwen', what: 'a call', raw: `<tool_call>\n${JSON_ONE}\n</tool_call>`, calls: [ONE] },
  {
    family: 'qwen',
    what: 'a thought, a text and two calls',
    raw: `<think>\nLet me see.\n</think>\n\nI look.\n<tool_call>\n${JSON_ONE}\n</tool_call>\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call><|im_end|>`,
    thought: 'Let me see.',
    text: 'I look.',
    calls: [ONE, ['now', {}]],
  },
  { family: 'qwen', what: 'an empty thought', raw: '<think>\n\n</think>\n\nYes.', text: 'Yes.' },
  {
    family: 'qwen',
    what: 'a thought that the prompt opened',
    thoughtOpen: true,
    raw: 'hm\n</think>\n\nYes.',
    thought: 'hm',
    text: 'Yes.',
  },
  { family: 'qwen', what: 'a thought that nothing closes', raw: '<think>\nfor ever', thought: 'for ever' },
  { family: 'qwen', what: 'a call that nothing closes', raw: `<tool_call>\n${JSON_ONE}`, calls: [ONE] },
  {
    family: 'qwen',
    what: 'a call in a thought',
    raw: `<think>\nI look.\n<tool_call>\n${JSON_ONE}\n</tool_call>`,
    thought: 'I look.',
    calls: [ONE],
  },
  {
    family: 'qwen',
    what: 'a closing mark in a text of the arguments',
    raw: '<tool_call>\n{"name": "search", "arguments": {"query": "</tool_call> is a mark"}}\n</tool_call>',
    calls: [['search', { query: '</tool_call> is a mark' }]],
  },
  {
    family: 'qwen',
    what: 'arguments as a text',
    raw: '<tool_call>{"name": "read_file", "arguments": "{\\"path\\": \\"a.ts\\"}"}</tool_call>',
    calls: [['read_file', { path: 'a.ts' }]],
  },
  {
    family: 'qwen',
    what: 'Python in place of JSON',
    raw: "<tool_call>\n{'name': 'search', 'arguments': {'query': 'it\\'s', 'exact': True, 'limit': None,},}\n</tool_call>",
    calls: [['search', { query: "it's", exact: true }]],
  },
  {
    family: 'qwen',
    what: 'numbers and lists as texts',
    raw: '<tool_call>{"name":"search","arguments":{"query":7,"limit":"3","exact":"true","paths":"src"}}</tool_call>',
    calls: [['search', { query: '7', limit: 3, exact: true, paths: ['src'] }]],
  },
  {
    family: 'qwen',
    what: 'one brace too many',
    raw: `<tool_call>\n${JSON_ONE}}\n</tool_call>`,
    calls: [ONE],
  },
  {
    family: 'qwen',
    what: 'a tool that was not offered',
    raw: '<tool_call>\n{"name": "rm", "arguments": {}}\n</tool_call>',
    text: '<tool_call>\n{"name": "rm", "arguments": {}}\n</tool_call>',
  },
  {
    family: 'qwen',
    what: 'an argument that is missing',
    raw: '<tool_call>\n{"name": "read_file", "arguments": {}}\n</tool_call>',
    text: '<tool_call>\n{"name": "read_file", "arguments": {}}\n</tool_call>',
  },
  { family: 'qwen', what: 'a bare call', raw: JSON_ONE, calls: [ONE] },
  {
    family: 'qwen',
    what: 'a bare call behind a text',
    raw: `I look.\n\n${JSON_ONE}`,
    text: 'I look.',
    calls: [ONE],
  },
  {
    family: 'qwen',
    what: 'a bare call in a fence',
    raw: `Sure:\n\`\`\`json\n${JSON_ONE}\n\`\`\``,
    text: 'Sure:',
    calls: [ONE],
  },
  {
    family: 'qwen',
    what: 'JSON that is no call',
    raw: 'The file is:\n```json\n{"name": "app", "version": "1.0.0"}\n```\nDone.',
    text: 'The file is:\n```json\n{"name": "app", "version": "1.0.0"}\n```\nDone.',
  },
  {
    family: 'qwen',
    what: 'a fence of code',
    raw: '```ts\nconst a = { name: 1 };\n```',
    text: '```ts\nconst a = { name: 1 };\n```',
  },
  {
    family: 'qwen-coder',
    what: 'elements with raw values',
    raw: `<tool_call>\n<function=search>\n<parameter=query>\n${CODE}\n</parameter>\n<parameter=limit>\n5\n</parameter>\n<parameter=paths>\n["a", "b"]\n</parameter>\n</function>\n</tool_call>`,
    calls: [['search', { query: CODE, limit: 5, paths: ['a', 'b'] }]],
  },
  {
    family: 'qwen-coder',
    what: 'the opening mark is missing',
    raw: 'I look.\n<function=read_file>\n<parameter=path>\na.ts\n</parameter>\n</function>\n</tool_call>',
    text: 'I look.',
    calls: [['read_file', { path: 'a.ts' }]],
  },
  {
    family: 'qwen-coder',
    what: 'all closing marks are missing',
    raw: '<tool_call>\n<function=read_file>\n<parameter=path>\na.ts',
    calls: [['read_file', { path: 'a.ts' }]],
  },
  {
    family: 'glm',
    what: 'keys and values',
    raw: '<think>hm</think>\n<tool_call>search\n<arg_key>query</arg_key>\n<arg_value>true</arg_value>\n<arg_key>limit</arg_key>\n<arg_value>5</arg_value>\n</tool_call>',
    thought: 'hm',
    calls: [['search', { query: 'true', limit: 5 }]],
  },
  { family: 'glm', what: 'no arguments', raw: '<tool_call>now\n</tool_call>', calls: [['now', {}]] },
  {
    family: 'deepseek',
    what: 'V3.1',
    raw: '</think>I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search<｜tool▁sep｜>{"query": "x"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>',
    text: 'I look.',
    calls: [
      ['search', { query: 'x' }],
      ['now', {}],
    ],
  },
  {
    family: 'deepseek',
    what: 'R1 and V3',
    raw: '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n{"query": "x"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'deepseek',
    what: 'V3.2',
    raw: '<｜DSML｜function_calls>\n<｜DSML｜invoke name="search">\n<｜DSML｜parameter name="query" string="true">x</｜DSML｜parameter>\n<｜DSML｜parameter name="limit" string="false">5</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
    calls: [['search', { query: 'x', limit: 5 }]],
  },
  {
    family: 'gemma',
    what: 'Gemma 4',
    raw: '<|channel>thought\nhm<channel|>I look.<|tool_call>call:search{query:<|"|>a, {b}<|"|>,limit:5,paths:[<|"|>src<|"|>]}<tool_call|>',
    thought: 'hm',
    text: 'I look.',
    calls: [['search', { query: 'a, {b}', limit: 5, paths: ['src'] }]],
  },
  {
    family: 'gemma',
    what: 'FunctionGemma',
    raw: '<start_function_call>call:read_file{path:<escape>a.ts<escape>}<end_function_call><start_function_response>',
    calls: [['read_file', { path: 'a.ts' }]],
  },
  {
    family: 'gemma',
    what: 'Gemma 3, Python in a fence',
    raw: '```tool_code\nprint(search(query="x", limit=5))\n```',
    calls: [['search', { query: 'x', limit: 5 }]],
  },
  {
    family: 'lfm',
    what: 'Python between marks',
    raw: '<|tool_call_start|>[search(query="a (b)", exact=True), now()]<|tool_call_end|>I look.<|im_end|>',
    text: 'I look.',
    calls: [
      ['search', { query: 'a (b)', exact: true }],
      ['now', {}],
    ],
  },
  {
    family: 'mistral',
    what: 'a list',
    raw: '[TOOL_CALLS] [{"name": "search", "arguments": {"query": "x"}}]</s>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'mistral',
    what: 'names and arguments',
    raw: '[THINK]hm[/THINK]I look.[TOOL_CALLS]search[ARGS]{"query": "x"}[TOOL_CALLS]now[CALL_ID]abc123[ARGS]{}',
    thought: 'hm',
    text: 'I look.',
    calls: [
      ['search', { query: 'x' }],
      ['now', {}],
    ],
  },
  {
    family: 'olmo',
    what: 'Python between marks',
    raw: '<function_calls>\nsearch(query="x")\nnow()\n</function_calls>',
    calls: [
      ['search', { query: 'x' }],
      ['now', {}],
    ],
  },
  {
    family: 'command',
    what: 'a plan, an action, a text',
    raw: '<|START_THINKING|>I look.<|END_THINKING|><|START_ACTION|>[\n  {"tool_call_id": "0", "tool_name": "search", "parameters": {"query": "x"}}\n]<|END_ACTION|>',
    thought: 'I look.',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'command',
    what: 'marks around the text',
    raw: '<|START_RESPONSE|>Yes.<|END_RESPONSE|>',
    text: 'Yes.',
  },
  {
    family: 'llama',
    what: 'bare, with parameters',
    raw: '{"name": "search", "parameters": {"query": "x"}}<|eot_id|>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'llama',
    what: 'behind python_tag, two with a semicolon',
    raw: '<|python_tag|>{"name": "search", "parameters": {"query": "x"}}; {"name": "now", "parameters": {}}<|eom_id|>',
    calls: [
      ['search', { query: 'x' }],
      ['now', {}],
    ],
  },
  {
    family: 'llama',
    what: 'a built-in form',
    raw: '<|python_tag|>search.call(query="x")<|eom_id|>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'llama',
    what: 'a function element',
    raw: '<function=search>{"query": "x"}</function><|eom_id|>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'llama',
    what: 'Llama 4, a bare list',
    raw: '[search(query="x", limit=5), now()]<|eot|>',
    calls: [
      ['search', { query: 'x', limit: 5 }],
      ['now', {}],
    ],
  },
  {
    family: 'granite',
    what: 'Granite 3',
    raw: '<|tool_call|>[{"name": "search", "arguments": {"query": "x"}}]<|end_of_text|>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'granite',
    what: 'Granite 4',
    raw: '<tool_call>\n{"name": "search", "arguments": {"query": "x"}}\n</tool_call><|end_of_text|>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'granite',
    what: 'Phi 4 mini',
    raw: '<|tool_call|>[{"name": "search", "arguments": {"query": "x"}}]<|/tool_call|><|end|>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'harmony',
    what: 'a thought and an answer',
    raw: '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>',
    thought: 'hm',
    text: 'Yes.',
  },
  {
    family: 'harmony',
    what: 'a preamble and a call',
    raw: '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=functions.search <|constrain|>json<|message|>{"query":"x"}<|call|>',
    thought: 'hm',
    text: 'I look.',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'harmony',
    what: 'the recipient before the channel',
    raw: '<|start|>assistant to=functions.now<|channel|>commentary json<|message|>{}<|call|>',
    calls: [['now', {}]],
  },
  {
    family: 'kimi',
    what: 'a section',
    raw: 'I look.<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>{"query": "x"}<|tool_call_end|><|tool_call_begin|>functions.now:1<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>',
    text: 'I look.',
    calls: [
      ['search', { query: 'x' }],
      ['now', {}],
    ],
  },
  {
    family: 'minimax',
    what: 'elements',
    raw: '<think>hm</think>\n\n<minimax:tool_call>\n<invoke name="search">\n<parameter name="query">a < b</parameter>\n<parameter name="limit">5</parameter>\n</invoke>\n</minimax:tool_call>',
    thought: 'hm',
    calls: [['search', { query: 'a < b', limit: 5 }]],
  },
  {
    family: 'nemotron',
    what: 'a list',
    raw: '<TOOLCALL>[{"name": "search", "arguments": {"query": "x"}}]</TOOLCALL>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'nemotron',
    what: 'Jamba',
    raw: '<tool_calls>[\n{"name": "search", "arguments": "{\\"query\\": \\"x\\"}"}\n]</tool_calls>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'nemotron',
    what: 'Hunyuan',
    raw: '<tool_calls><tool_call>search\n```json\n{"query": "x"}\n```</tool_call></tool_calls>',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'nemotron',
    what: 'Apertus',
    raw: '<|tools_prefix|>[{"search": {"query": "x"}}, {"now": {}}]<|tools_suffix|>',
    calls: [
      ['search', { query: 'x' }],
      ['now', {}],
    ],
  },
  {
    family: 'seed',
    what: 'elements in its namespace',
    raw: '<seed:think>hm</seed:think>\n<seed:tool_call>\n<function=read_file>\n<parameter=path>a.ts</parameter>\n</function>\n</seed:tool_call>',
    thought: 'hm',
    calls: [['read_file', { path: 'a.ts' }]],
  },
  {
    family: 'exaone',
    what: 'thoughts of its own',
    raw: '<thought>\nhm\n</thought>\n\nYes.',
    thought: 'hm',
    text: 'Yes.',
  },
  {
    family: 'functionary',
    isByName: true,
    what: 'a call',
    raw: '>>>search\n{"query": "x"}',
    calls: [['search', { query: 'x' }]],
  },
  {
    family: 'functionary',
    isByName: true,
    what: 'a text and a call',
    raw: '>>>all\nI look.\n>>>now\n{}',
    text: 'I look.',
    calls: [['now', {}]],
  },
];
