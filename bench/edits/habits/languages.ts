/** Words of models around code and in place of code, in other languages than English or in no formula. */

import { block, fresh, isInsertion, type Render, text } from '../renderings.ts';
import { comment, hasComments, isClear, isCode, lazy, where } from './shared.ts';

/** Sentences and labels of a language. */
interface Words {
  readonly intro: string;
  readonly before: string;
  readonly after: string;
  /** A comment that stands for lines. */
  readonly rest: string;
  readonly same: string;
  /** A sentence behind the code. */
  readonly done: string;
}

const LANGUAGES: Readonly<Record<string, Words>> = {
  German: {
    intro: 'Hier ist der geänderte Code:',
    before: 'Vorher:',
    after: 'Nachher:',
    rest: '... restlicher Code ...',
    same: 'Rest bleibt unverändert',
    done: 'Fertig damit.',
  },
  French: {
    intro: 'Voici le code modifié :',
    before: 'Avant :',
    after: 'Après :',
    rest: '... reste du code ...',
    same: 'le reste du code reste inchangé',
    done: 'Le code est prêt.',
  },
  Spanish: {
    intro: 'Código modificado:',
    before: 'Antes:',
    after: 'Después:',
    rest: '... resto del código ...',
    same: 'el resto permanece igual',
    done: 'Listo para usar.',
  },
  Portuguese: {
    intro: 'Eis o código:',
    before: 'Antes:',
    after: 'Depois:',
    rest: '... resto do código ...',
    same: 'restante sem alterações',
    done: 'Tudo pronto agora.',
  },
  Polish: {
    intro: 'Oto zmieniony kod:',
    before: 'Przed:',
    after: 'Po:',
    rest: '... pozostały kod ...',
    same: 'reszta bez zmian',
    done: 'To wszystko.',
  },
  Turkish: {
    intro: 'İşte kod:',
    before: 'Önce:',
    after: 'Sonra:',
    rest: '... kalan kod ...',
    same: 'kalan kısım aynı',
    done: 'Hepsi bu kadar.',
  },
  Russian: {
    intro: 'Вот изменённый код:',
    before: 'До:',
    after: 'После:',
    rest: '... остальной код ...',
    same: 'остальное без изменений',
    done: 'Это всё.',
  },
  Chinese: {
    intro: '以下是修改后的代码：',
    before: '修改前：',
    after: '修改后：',
    rest: '... 其余代码 ...',
    same: '其余代码保持不变',
    done: '修改完成。',
  },
  Japanese: {
    intro: 'こちらが変更後のコードです。',
    before: '変更前：',
    after: '変更後：',
    rest: '... 残りのコード ...',
    same: '残りは変更なし',
    done: '以上です。',
  },
  Korean: {
    intro: '다음은 수정된 코드입니다:',
    before: '변경 전:',
    after: '변경 후:',
    rest: '... 나머지 코드 ...',
    same: '나머지는 그대로',
    done: '이상입니다.',
  },
};

/** The forms of a language. */
function formsOf(language: string, words: Words): Readonly<Record<string, Render>> {
  const { intro, before, after, rest, same, done } = words;
  return {
    [`${language}: introduction`]: where(isClear, (place) => `${intro}\n\n${fresh(place)}\n\n${done}`),
    [`${language}: bare code`]: where(
      (place) => isCode(place) && isClear(place),
      ({ edit }) => text([intro, '', ...edit.lines, '', done]),
    ),
    [`${language}: introduction in the block`]: where(isCode, ({ edit, file }) =>
      block([intro, ...edit.lines], file.info),
    ),
    [`${language}: sentence behind an open block`]: where(
      (place) => isCode(place) && isClear(place),
      ({ edit, file }) => text([`\`\`\`${file.info}`, ...edit.lines, '', done]),
    ),
    [`${language}: before and after`]: where(
      (place) => isCode(place) && !isInsertion(place),
      (place) => text([before, block(place.original, place.file.info), '', after, fresh(place)]),
    ),
    [`${language}: before and after in a block`]: where(
      (place) => isCode(place) && hasComments(place) && !isInsertion(place) && place.original.length > 1,
      (place) =>
        block(
          [comment(place, before), ...place.original, '', comment(place, after), ...place.edit.lines],
          place.file.info,
        ),
    ),
    [`${language}: rest`]: lazy(rest),
    [`${language}: the same`]: lazy(same),
  };
}

/** Comments that say in no formula that they stand for lines. */
const STAND_INS = [
  'loop body',
  'as above',
  'snip',
  'etc.',
  'the logic goes here',
  'see the original',
  '12 more lines',
];

/** Where a comment takes the place of old lines; beside new ones nobody could tell it from a comment that is meant. */
function standsFor(words: string): Render {
  return (place) => (place.original.length < 2 || !isCode(place) ? undefined : lazy(words)(place));
}

export const LANGUAGE_FORMS: Readonly<Record<string, Render>> = Object.fromEntries([
  ...Object.entries(LANGUAGES).flatMap(([language, words]) => Object.entries(formsOf(language, words))),
  ...STAND_INS.map((words) => [`comment for lines: ${words}`, standsFor(words)] as const),
]);

/** Forms that the reader refuses, at least where nothing proves what they mean. */
export const REFUSED_LANGUAGE_FORMS: readonly string[] = Object.keys(LANGUAGE_FORMS).filter((form) =>
  /: introduction in the block|: before and after in a block|: rest|: the same|^comment for lines/.test(form),
);
