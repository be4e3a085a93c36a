/** Where a cursor stands in prose, and where it only looks so. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isProse } from '../../../../src/assist/completion/prose.ts';

const PROSE = {
  'a comment': 'a();\n// Adds ',
  'a comment behind code': 'a(); // Adds ',
  'a block': 'a();\n/**\n Adds ',
  'a block of HTML': '<p>\n<!--\nAdds ',
  'a block of Lua': 'x = 1\n--[[\nAdds ',
  'a block of Haskell': 'x = 1\n{-\nAdds ',
  'a block of Ruby': 'x = 1\n=begin\nAdds ',
  'the first line of a docstring': 'def f(x):\n    """Adds ',
  'a line of a docstring': 'def f(x):\n    """Adds.\n\n    Args: ',
  'a docstring behind a head of several lines': 'def f(\n    x,\n) -> int:\n    r"""Adds.\n    It ',
  'the docstring of a class': "class A:\n    '''Adds.\n    It ",
};
const CODE = {
  'behind a block': 'a();\n/*\n Adds.\n */\nb(',
  'behind a block of HTML': '<!--\nAdds\n-->\n<p',
  'behind a docstring': 'def f(x):\n    """Adds.\n\n    More.\n    """\n    return ',
  'behind a docstring of one line': 'def f(x):\n    """Adds."""\n    return ',
  'behind the end of a docstring whose beginning is not known': 'More.\n    """\n    return ',
  'in a string': 'def f(x):\n    q = """\n    select ',
  'behind an address': 'url = "https://example.com/',
  'behind a dictionary': 'x = {\n  "a":\n',
};

describe('the cursor', () => {
  for (const [name, prefix] of Object.entries(PROSE))
    test(`in ${name} is in prose`, () => assert.ok(isProse(prefix)));
  for (const [name, prefix] of Object.entries(CODE))
    test(`${name} is not in prose`, () => assert.ok(!isProse(prefix)));
});
