/** Changes as people make them, each of which was once read wrong: found in the histories of several projects. */
import type { Tricky } from './tricky.ts';

function block(info: string, lines: readonly string[]): string {
  return `\`\`\`${info}\n${lines.join('\n')}\n\`\`\``;
}

/** An answer of nothing but the new lines. */
function edit(
  id: string,
  lang: string,
  orig: readonly string[],
  want: readonly string[],
  more: Partial<Tricky> = {},
): Tricky {
  return { id, lang, orig, answer: block(lang, want), want, ...more };
}

const TWO = { indentation: '  ' };
const GO = { indentation: '\t' };
const GUARD = ['\tif err != nil {', '\t\treturn err', '\t}'];

export const REAL_EDITS: readonly Tricky[] = [
  edit(
    'a condition without brackets above the end of a block',
    'typescript',
    ['    change.replace(uri, range, text);', '    await applyEdit(change);', '  }'],
    [
      '    change.replace(uri, range, text);',
      '    if (!(await applyEdit(change)))',
      "      log.warn('The edit was not made.');",
      '  }',
    ],
    TWO,
  ),
  edit(
    'an alignment above the end of a block',
    'c',
    ['            context = connect(host, port);', '        } else {', '            context = local(path);'],
    [
      '            context = connectWrapper(host, port,',
      '                                     timeout);',
      '        } else {',
      '            context = local(path, timeout);',
    ],
  ),
  edit(
    'a new comment with the words of one that stands for lines',
    'typescript',
    [
      '  const path = blob(digest);',
      '  // Another process may replace the file.',
      '  let stamp = stampOf(path);',
    ],
    [
      '  const path = blob(digest);',
      '  // Another process may write the same content.',
      '  let stamp = stampOf(path);',
    ],
    TWO,
  ),
  edit(
    'a spread on a line of its own',
    'typescript',
    ['return { rest, family };'],
    ['return {', '  ...rest,', '  ...options,', '  family,', '};'],
    TWO,
  ),
  edit(
    'a comment that ends with “example.”',
    'javascript',
    ['/**'],
    ['// use something similar to the', '// example.', '', "app.use('/api', check);", '', '/**'],
    { ...TWO, before: ['var app = express();', ''], after: [' * Routes.', ' */'] },
  ),
  edit(
    'commas at the start of lines',
    'javascript',
    ["var users = ['tj'];"],
    ['var users = [', "    { name: 'tj' }", "  , { name: 'tobi' }", '];'],
    { ...TWO, before: ['function f() {', '  return 1;', '}'] },
  ),
  edit(
    'the end of a block that is not the one before',
    'ruby',
    ['end', '', 'class Test', '  include Mocks'],
    ['end', '', 'module Reader', '  def read', '  end', 'end', '', 'class Test', '  include Mocks'],
    { ...TWO, before: ['module Root', '  def path', '  end'], after: ['end'] },
  ),
  edit(
    'code that was a comment at column 0',
    'python',
    ['#    def test_pickling(self):', '#        s = Session()'],
    ['    def test_pickling(self):', '        s = Session()'],
    {
      before: ['    def test_error(self):', '        assert error', ''],
      after: ['', '    def test_other(self):'],
    },
  ),
  edit(
    'other levels in a text of the file',
    'python',
    ['# Try the import.'],
    ['try:', '    import ssl', 'except ImportError:', '    ssl = None'],
    { before: ['"""', 'Answers with', '  {', '    "form": {', '      "key": 2', '    }', '  }', '"""'] },
  ),
  {
    id: 'lines before, of which there are others',
    lang: 'go',
    orig: ['\tdefer body.Close()', '\tdata, err := read(body)'],
    answer: block('go', [...GUARD, '\tdefer body.Close()', '\tdata, err := readAll(body)']),
    want: ['\tdefer body.Close()', '\tdata, err := readAll(body)'],
    before: ['\tfile, err := open()', ...GUARD, '\tbody, err := get()', ...GUARD],
    after: GUARD,
    ...GO,
  },
  {
    id: 'lines behind, of which there are others',
    lang: 'go',
    orig: ['\tdata, err := read(body)'],
    answer: block('go', ['\tdata, err := readAll(body)', ...GUARD]),
    want: ['\tdata, err := readAll(body)'],
    before: ['\tbody, err := get()', ...GUARD],
    after: [...GUARD, '\treturn parse(data)'],
    ...GO,
  },
  {
    id: 'lines before and a new one, where nothing tells',
    lang: 'go',
    orig: ['\tseeker, ok := in.(io.Seeker)'],
    answer: block('go', [...GUARD, '\tdefer in.Close()', '\tseek(in)']),
    want: 'refused',
    before: ['\tbody, err := get()', ...GUARD, '\tin, err := open()', ...GUARD],
    after: ['\tuse(seeker)'],
    ...GO,
  },
  edit(
    'a string of the code that is one of JSON as well',
    'python',
    ['            "HTTP/1.1 200 OK\\r\\n" "\\r\\nroflol"'],
    ['            "HTTP/1.1 200 OK\\r\\n\\r\\nroflol"'],
    { before: ['        server = respond('], after: ['        )'] },
  ),
  edit(
    'an object of the code that is one of a call as well',
    'python',
    ['    {"old": "a", "new": "b"},'],
    ['    {"old": "a", "new": "c"}'],
    { before: ['CASES = [', '    {"old": "x", "new": "y"},'], after: [']'] },
  ),
  {
    id: 'the end of a text behind new lines',
    lang: 'python',
    orig: ['This module handles imports.'],
    answer: block('python', ['It was once of use for imports.', 'It stays for now.', '"""', '', 'try:']),
    want: 'refused',
    before: ['"""', 'compat', ''],
    after: ['"""', '', 'try:', '    import json'],
  },
  edit(
    'tabs below a comment that is indented with spaces',
    'go',
    [
      '/*',
      '   Licensed to you.',
      '*/',
      'import (',
      '\t"fmt"',
      '\t"path"',
      ')',
      '',
      'func f() {',
      '\tuse(1)',
      '}',
    ],
    [
      '/*',
      '   Licensed to you.',
      '*/',
      'import (',
      '\t"path"',
      ')',
      '',
      'func f() {',
      '\tif ok {',
      '\t\tuse(1)',
      '\t}',
      '}',
    ],
    GO,
  ),
  edit(
    'brackets of a text that stand at other places, too',
    'go',
    ['\tuse(`{', '  "a": {', '    "b": {', '    }', '  }', '}`)', '\tif ok {', '\t\tuse(1)', '\t}'],
    ['\tuse(`{', '  "a": {', '    "c": {', '    }', '  }', '}`)', '\tif ok {', '\t\tuse(2)', '\t}'],
    GO,
  ),
];
