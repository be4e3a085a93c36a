/** Every edit of the bench in every form: none may be read wrong, and few may be refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Case, contextOf, corpus, graded } from '../../../../bench/edits/corpus.ts';
import { REFUSED_HABITS } from '../../../../bench/edits/habits/index.ts';
import { createEditReader, readEdit } from '../../../../src/assist/edit/index.ts';
import { randomFrom } from '../../../support/random.ts';
import { SEED } from '../../../support/seed.ts';

/** Shares of answers that are read, where a form says less than others. */
const SHARES: Readonly<Record<string, number>> = {
  'numbers with colons': 0.9,
  'characters of HTML': 0.9,
  'numbers with a letter': 0.9,
  'numbers in brackets': 0.9,
  'thought behind': 0.95,
  'tabs among spaces': 0.95,
  'quotes of HTML': 0.95,
  'characters of HTML without a fence': 0.85,
  'line before repeated': 0.85,
  'spaces among tabs': 0.8,
};
const SHARE = 0.97;

const CASES = corpus();
const FORMS = new Map<string, Case[]>();
for (const one of CASES) FORMS.set(one.rendering.form, [...(FORMS.get(one.rendering.form) ?? []), one]);

function lineCuts(one: Case): string[] {
  return one.rendering.answer.split(/(?<=\n)/);
}

describe('an edit in the form', () => {
  for (const [form, cases] of FORMS) {
    test(form, () => {
      const verdicts = cases.map((one) => ({ one, ...graded(one) }));
      const wrong = verdicts.filter(({ verdict }) => verdict === 'wrong');
      assert.deepEqual(
        wrong.map(({ one, got }) => ({ id: one.id, got })),
        [],
      );
      const exact = verdicts.filter(({ verdict }) => verdict === 'exact').length;
      const refused = verdicts
        .filter(({ verdict }) => verdict === 'refused')
        .map(({ one, got }) => `${one.id} ${got}`);
      const share = REFUSED_HABITS.has(form) ? 0 : (SHARES[form] ?? SHARE);
      assert.ok(exact >= cases.length * share, `${exact} of ${cases.length}\n${refused.join('\n')}`);
    });
  }
});

describe('an edit that comes in pieces', () => {
  test('is read as a whole one, and its preview is the beginning of the result', () => {
    const random = randomFrom(SEED);
    let shown = 0;
    for (const one of CASES) {
      const { answer } = one.rendering;
      const { original } = one.place;
      const context = contextOf(one);
      const whole = readEdit(answer, original, context);
      const reader = createEditReader(original, context);
      const pieces =
        random() < 0.5
          ? lineCuts(one)
          : (answer.match(new RegExp(`[\\s\\S]{1,${1 + Math.floor(random() * 12)}}`, 'g')) ?? []);
      let last = 0;
      for (const piece of pieces) {
        const { lines } = reader.push(piece);
        assert.ok(lines.length >= last, one.id);
        last = lines.length;
        if (whole.kind === 'refused') continue;
        const result = whole.kind === 'lines' ? whole.lines : original;
        assert.deepEqual([...lines], result.slice(0, lines.length), one.id);
      }
      shown += last > 0 ? 1 : 0;
      assert.deepEqual(reader.end(), whole, one.id);
    }
    // A preview that never shows anything would be right as well.
    assert.ok(shown > CASES.length / 4, `${shown} of ${CASES.length} previews showed lines`);
  });

  test('and is cut off is refused, or whole', () => {
    const random = randomFrom(SEED + 1);
    for (const one of CASES) {
      if (random() < 0.7) continue;
      const { answer, form } = one.rendering;
      const { original } = one.place;
      const context = { ...contextOf(one), complete: false };
      const whole = readEdit(answer, original, { ...context, complete: true });
      for (let count = 0; count < 8; count++) {
        const cut = Math.floor(random() * (answer.length + 1));
        const result = readEdit(answer.slice(0, cut), original, context);
        if (result.kind === 'refused') continue;
        // A block that was closed holds, though another that follows would have made the answer unclear.
        if (whole.kind === 'refused') assert.equal(form, 'alternatives', one.id);
        else assert.deepEqual(result, whole, `${one.id}, cut at ${cut}`);
      }
    }
  });
});
