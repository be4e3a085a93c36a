/**
 * The wishes of the user, as far as the words of the instruction tell, in the languages that VS Code is shown in. An
 * answer that removes, repeats or wraps lines is refused unless that was asked for; words that are not known here make
 * the reader more careful, not bolder.
 */
import { stemPattern } from './stems.ts';

/** The wish of an instruction. */
export type Intent =
  /** Lines shall go. */
  | 'remove'
  /** Lines may go, because others take their place. */
  | 'rework'
  /** Other lines in place of the old ones. */
  | 'change'
  /** Lines beside the old ones. */
  | 'add'
  /** Lines several times. */
  | 'repeat'
  /** An example of use. */
  | 'example'
  /** Something around the lines. */
  | 'wrap'
  /** Empty lines, or the form of the code. */
  | 'layout'
  /** Other indentation. */
  | 'indent';

/** Beginnings of words; `_` is the end of a word. Languages without spaces between words stand in `DENSE`. */
const SPACED: Readonly<Record<Intent, readonly string[]>> = {
  remove: [
    'remov|delet|drop|strip|omit|discard|rid_|clea[nr]|unused|unnecessary|redundant|dead_|without_|longer_|only_|keep|dedup|fewer_|less_',
    'entfern|lösch|streich|weglass|lass[^.]{0,60} weg|raus|räum|aufräum|bereinig|unbenutz|ungenutz|unnötig|überflüssig|ohne_|nur_|behalt|nicht mehr|weniger',
    'supprim|enl[eè]v|effac|retir|élimin|nettoy|inutil|superflu|redondan|sans_|seulement|uniquement|gard|ne plus|moins_',
    'elimin|borr|quit|suprim|limpi|sin_|innecesari|sol[oa]_|sólo|solamente|únicamente|conserv|mant[eé]n|menos_',
    'apag|exclu|retir|limp|sem_|desnecessári|apenas|somente|mantenh',
    'rimuov|rimoss|togli|cancell|pulisc|pulizi|senza|superflu|soltanto|manten|tieni|meno_',
    'verwijder|wis_|schrap|laat[^.]{0,60} weg|opruim|opschon|ruim|ongebruikt|onnodig|overbodig|zonder|alleen|behoud|minder',
    'usu[nńw]|skasuj|wyrzu|wyczyść|oczyść|nieużywan|niepotrzebn|zbędn|bez_|tylko|zachowaj|mniej',
    'odstra[nň]|odeber|odebr|smaž|vymaž|vyčist|nepouž|nepotřebn|zbytečn|jen_|pouze|ponech|méně',
    'töröl|töröld|távolít|eltávolít|tisztít|takarít|felesleg|használatlan|nélkül|csak_|tarts|kevesebb',
    'kaldır|sil_|silin|temizle|gereksiz|kullanılmayan|olmadan|sadece|yalnızca|koru|daha az',
    'удал|убер|убра|убира|стер|сотр|очист|почист|неиспольз|ненужн|лишн|без_|только|оставь|меньше',
  ],
  rework: [
    'extract|mov(?:e|ing)|inline|merg|combin|simplif|short|reduc|replac|instead_|use_|just_|split|rewrit|refactor|tidy',
    'extrah|auslager|lager|verschieb|fass|zusammen|kombin|vereinfach|kürz|verkürz|reduzier|ersetz|statt|anstelle|verwend|nutz|benutz|teil|aufteil|umschreib|neu schreib|refaktor|refactor',
    'extrai|extrais|déplac|fusionn|combin|simplif|raccourc|rédui|remplac|au lieu|plutôt|utilis|divis|sépar|réécri|refactor',
    'extra[ei]|muev|mover|fusion|combin|unific|simplif|acort|reduc|reempl|sustitu|en lugar|en vez|us[ae]_|utiliz|divid|separ|reescrib|refactor',
    'mov[ae]_|mescl|fund|encurt|reduz|substitu|em vez|ao invés|reescrev|refator',
    'estra|spost|unisc|semplif|accorci|ridu|sostitu|invece|usa|utilizz|riscriv|rifattor',
    'haal|verplaats|samen|combineer|vereenvoud|verkort|kort|vervang|in plaats|gebruik|splits|herschrijf|refactor',
    'wydziel|wyodrębn|przenie|połącz|scal|upro[śs]|skró|zmniejsz|zastąp|zamie[nń]|zamiast|użyj|używ|podziel|rozdziel|przepisz|refaktor',
    'extrah|přesu[nň]|sluč|spoj|zjednoduš|zkra[ťt]|zkrát|zmenš|nahra[ďd]|místo|použi|rozděl|přepiš|refaktor',
    'emel|kiemel|helyez|áthelyez|egyesít|összevon|egyszerűs|rövidít|csökkent|cserél|helyett|használ|bont|írd át|írd újra|refaktor',
    'taşı|birleştir|basitleştir|sadeleştir|kısalt|azalt|değiştir|yerine|kullan|böl|ayır|yeniden yaz|refakt',
    'вынес|извле|перемест|перенес|объедин|слей|упрост|сократ|уменьш|замен|вместо|использ|раздел|разбе|перепиш|рефактор',
  ],
  change: [
    'use_|rename_|replace_|convert_|simplify_|rewrite_|refactor_|change_|turn_|translate_|shorten_|remove_|delete_|inline_|sort_|fix_',
    'benenn|umbenenn|ersetz|wandl|umwandl|konvert|vereinfach|schreib|änder|übersetz|kürz|entfern|lösch|sortier|beheb|behebe|korrig|reparier|verwend|nutz|benutz|refaktor',
    'renomm|remplac|convert|simplif|réécri|chang|modifi|transform|tradui|raccourc|supprim|tri[eé]|corrig|répar|utilis|refactor',
    'renombr|reempl|sustitu|convert|convierte|simplif|reescrib|cambi|modific|transform|traduc|acort|elimin|orden|corrig|arregl|us[ae]_|utiliz|refactor',
    'renome|substitu|reescrev|mud|alter|traduz|encurt|remov|consert|refator',
    'rinomin|sostitu|semplif|riscriv|cambi|trasform|traduc|accorci|rimuov|ordin|corregg|ripar|usa|utilizz',
    'hernoem|vervang|converteer|zet[^.]{0,60} om|vereenvoud|herschrijf|verander|wijzig|vertaal|verkort|verwijder|sorteer|corrigeer|repareer|gebruik',
    'zmie[nń]|zamie[nń]|zastąp|przekszt|konwert|upro[śs]|przepisz|popraw|napraw|przetłumacz|skró|usu[nń]|posortuj|sortuj|użyj',
    'přejmen|nahra[ďd]|převe[dď]|zjednoduš|přepiš|změ[nň]|uprav|přelož|zkra[ťt]|odstra[nň]|seřa|sprav|oprav|použi',
    'nevezd|nevezz|cserél|alakít|egyszerűs|írd át|módosít|változtat|fordít|rövidít|rendez|javít|használ',
    'adlandır|değiştir|dönüştür|basitleştir|yeniden yaz|çevir|kısalt|kaldır|sırala|düzelt|kullan',
    'переимен|замен|преобраз|конверт|упрост|перепиш|измен|поменя|переве|сократ|удал|сортир|исправ|почин|использ|рефактор',
  ],
  add: [
    'add_|append_|insert_|create_|write_',
    'füg|hinzu|ergänz|anfüg|einfüg|erstell|leg|anleg|schreib',
    'ajout|ins[eé]r|insèr|crée|écri',
    'añad|agreg|insert|crea|escrib',
    'adicion|acrescent|inser|insir|crie|escrev',
    'aggiung|inseri|crea|scriv',
    'voeg|toevoeg|maak|schrijf',
    'doda|wstaw|utwórz|stwórz|napisz|dopisz',
    'přid|vlož|vytvoř|napiš|doplň',
    'hozzáad|adj|illeszd|szúr|hozz létre|készíts|írj',
    'ekle|oluştur|yaz',
    'добав|встав|созда|напиш|допиш',
  ],
  repeat: [
    'duplicat|repeat|twice_|again_|cop(?:y|ies)_|clone_|another_|second_|more_|similar_',
    'verdoppel|dupliz|wiederhol|zweimal|doppelt|noch ein|nochmal|kopi|klon|weiter|zweite|ähnlich',
    'dupli|répét|deux fois|encore|copi|clon|autre|seconde_|deuxième|similaire',
    'duplic|repit|repet|dos veces|otra vez|de nuevo|copi|clon|otr[oa]|segund|similar',
    'duas vezes|de novo|novamente|outr[oa]|semelhante|parecid',
    'ripet|due volte|di nuovo|ancora|altr[oa]|second[oa]_|simil',
    'verdubbel|herhaal|twee keer|opnieuw|nog een|kopie|ander|tweede|gelijk',
    'duplik|powtór|powiel|dwa razy|ponownie|jeszcze|kopi|skopiuj|drug|inn|podobn',
    'zdvoj|opak|zopak|dvakrát|znovu|ještě|kopí|zkopír|další|druh|podobn',
    'kettőz|megkettőz|ismét|kétszer|újra|másol|klón|másik|még egy|második|hasonló',
    'çoğalt|tekrar|iki kez|yine|kopya|başka|ikinci|bir daha|benzer',
    'дубл|повтор|дважды|снова|ещё|еще|копи|скопир|клон|друг|втор|похож|аналогич',
  ],
  example: [
    'examples?_|usages?_|use_|demo_|main_|tests?_|calls?_|run_|prints?_',
    'beispiel|verwend|benutz|nutz|demo|aufruf|ruf|ausführ|führ|ausgeb|gib|druck',
    'exemple|usage|utilis|démo|appel|exécut|affich|imprim',
    'ejemplo|us[oae]_|prueba|llama|ejecut|imprim',
    'exemplo|teste|chama|execut',
    'esempi|prov|chiam|esegu|stamp',
    'voorbeeld|gebruik|aanroep|roep|uitvoer|voer|print',
    'przykład|użyci|użyj|wywoł|uruchom|wypisz|wydruk',
    'příklad|použi|ukáz|volá|zavol|spus[tť]|vypiš|vytisk',
    'péld|használ|demó|teszt|hív|futtat|nyomtat|írd ki',
    'örnek|örneğ|kullan|çağır|çalıştır|yazdır',
    'пример|использ|демо|тест|вызов|вызв|запус|печат|вывед|вывод',
  ],
  wrap: [
    'functions?_|methods?_|class(?:es)?_|wrap|extract|helpers?_|components?_|hooks?_|modules?_|namespace_',
    'funktion|methode|klasse|umschließ|einpack|pack|verpack|kapsel|extrah|auslager|lager|hilfs|komponente|modul|namensraum',
    'fonction|méthode|classe|envelopp|encapsul|extrai|auxiliaire|composant',
    'función|funcion|método|metodo|clase|envuelv|envolv|encapsul|extra[ei]|auxiliar|componente|módulo',
    'função|funcao|classe|extrai',
    'funzion|metod|classe|avvolg|incapsul|estra|ausiliar|modul',
    'functie|methode|klasse|verpak|omhul|haal|hulp|component',
    'funkcj|metod|klas|opakuj|owi[nń]|wydziel|wyodrębn|pomocnicz|komponent|moduł',
    'funkc|tříd|zabal|obal|extrah|pomocn',
    'függvény|metódus|osztály|csomagol|burkol|emel|kiemel|segéd|komponens',
    'fonksiyon|işlev|metod|metot|yöntem|sınıf|sar|yardımcı|bileşen|modül',
    'функц|метод|класс|оберн|обёрн|вынес|извле|вспомог|компонент|хук|модул',
  ],
  layout: [
    'blank|empty lines?_|empty rows?_|newlines?_|line breaks?_|spacing_|reformat|formatting_|format_ (?:it|this|code|the code|the file)_|layout_|lint|prettier_|gofu?mpt_|gofmt_|rubocop_|black_|rustfmt_|pep ?8|whitespace|white space',
    'leerzeile|zeilenumbr|umbr|abstand|abständ|formatier|leerraum',
    'lignes? vides?|sauts? de ligne|espace|format|mise en forme|mets en forme',
    'líneas? vací|lineas? vaci|líneas? en blanco|lineas? en blanco|saltos? de línea|espac|format',
    'linhas? em branco|linhas? vazi|quebras? de linha|espaç|format',
    'righ[ae] vuot|spazi|formatt|a capo',
    'lege regel|witregel|regeleind|spatie|ruimte|formatteer|opmaak',
    'pust[aey] (?:linia|lini|wiersz)|pust|odstęp|format|sformat',
    'prázdn|odřádk|mezer|formát|naformát',
    'üres sor|sortör|térköz|formáz',
    'boş satır|satır sonu|boşluk|biçimlendir|formatla',
    'пуст|перенос|отступ|пробел|формат|отформат',
  ],
  indent: [
    'indent|dedent|outdent|unindent|reindent|deeper_|(?:to|into|use|with|instead of) (?:tabs|spaces)_',
    'einrück|rück|ausrück|einzug|einzüg',
    'indent|désindent|retrait',
    'sangr|indent|tabul',
    'recu|indent',
    'indent|rientr',
    'inspring|uitspring',
    'wcię',
    'odsa[zď]',
    'behúz',
    'girinti',
    'отступ',
  ],
};

/** Parts of Chinese, Japanese and Korean instructions. */
const DENSE: Readonly<Record<Intent, string>> = {
  remove:
    '删|刪|移除|去掉|去除|清理|清除|拿掉|不要|不再|多余|多餘|未使用|只|仅|僅|保留|削除|消し|消す|除去|取り除|外し|外す|いらない|使われていない|なしで|だけ|のみ|残し|삭제|제거|지워|지우|빼|없애|정리|불필요|없이|남기|유지',
  rework:
    '提取|抽取|抽出|移动|移動|移到|合并|合併|简化|簡化|精简|缩短|縮短|减少|減少|替换|替換|换成|換成|代替|改用|改为|改為|改成|使用|拆分|重写|重寫|重构|重構|切り出|統合|まとめ|簡単に|簡素|簡潔|短く|減ら|置き換|置換|代わり|使って|使う|分割|書き直|リファクタ|추출|옮기|이동|합치|병합|단순|간단|줄여|줄이|바꿔|바꾸|교체|대신|사용|나누|분리|다시 작성|리팩',
  change:
    '重命名|改名|替换|替換|换成|換成|转换|轉換|简化|簡化|重写|重寫|修改|改成|改为|改為|翻译|翻譯|缩短|删|刪|排序|修复|修復|修正|使用|重构|重構|变更|変更|名前を変|リネーム|置き換|置換|変換|簡単に|簡素|簡潔|書き直|直し|直す|翻訳|短く|削除|並べ替|ソート|使って|使う|リファクタ|이름을 바|바꿔|바꾸|변경|교체|변환|단순|간단|다시 작성|수정|고쳐|번역|줄여|삭제|정렬|사용|리팩',
  add: '添加|增加|加入|加上|插入|新增|创建|創建|建立|写|寫|追加|加え|挿入|作成|作って|書い|書く|추가|더해|삽입|넣|만들|작성|생성',
  repeat:
    '重复|重複|复制|複製|两次|兩次|两遍|再|另一|又|第二|类似|類似|拷贝|コピー|繰り返|二回|2回|もう一|別の|二つ目|2つ目|同様|似た|복제|복사|반복|두 번|다시|또|다른|비슷',
  example:
    '示例|例|范例|用法|使用|演示|测试|測試|调用|調用|呼叫|运行|執行|执行|打印|输出|使い方|デモ|テスト|呼び出|呼ぶ|実行|表示|出力|예제|예시|사용|데모|테스트|호출|실행|출력',
  layout:
    '空行|空白|换行|換行|间距|間距|格式|排版|改行|整形|フォーマット|スペース|余白|빈 줄|공백|줄바꿈|띄어|서식|포맷|정렬',
  indent: '缩进|縮排|縮進|インデント|字下げ|들여|내어',
  wrap: '函数|函數|関数|方法|类|類|包|封装|封裝|提取|抽取|抽出|切り出|辅助|輔助|组件|組件|模块|模組|钩子|メソッド|クラス|ラップ|ヘルパー|コンポーネント|フック|モジュール|함수|메서드|메소드|클래스|감싸|감싼|추출|헬퍼|도우미|컴포넌트|훅|모듈',
};

/**
 * Signs of an instruction in English. What is the beginning of a word elsewhere may be that of another one here, as in
 * “borrow”, “quit” and “provide”, so other languages are only looked for in what is not English.
 */
const ENGLISH =
  /^\W*(?:rename|fix|add|change|convert|handle|implement|write|return|sort|make|use|remove|delete|replace|simplify|rewrite|turn|translate|shorten|inline|extract|move|split|merge|document|explain|optimi[sz]e|improve|update|set|get|log|check|format|comment|refactor|create|insert|append|wrap|print|call|run|test|declare|do|don't|keep|let|give|clean|reduce|throw|catch|show|hide|support|validate|avoid|ensure|introduce)\b|\b(?:the|and|with|for|this|that|these|those|from|into|are|please|its|their|should|which|when)\b/i;
/** Letters and small words of other languages that none of English are. */
const OTHER =
  /[^\p{ASCII}\P{L}]|\b(?:der|die|das|den|dem|ein|eine|einen|und|mit|aus|nicht|bitte|zu|im|diese[rsnm]?|le|la|les|une?|des|du|et|dans|pour|avec|cette?|ces|el|los|las|del|con|para|por|est[aeo]s?|os|dos|das|em|com|uma?|il|gli|dell[aeo]|dei|quest[aeio]|di|het|een|van|voor|deze|dit|na|oraz|ten|tej|dla|tuto|tento|pro|az|egy|ezt|minden|bu|ve|ile|bir)\b/iu;
/** Words beyond which an instruction has some small ones. */
const MAX_BARE_WORDS = 2;

/** Tells if words of all languages are looked for. */
function isOfOthers(text: string): boolean {
  if (ENGLISH.test(text)) return false;
  return OTHER.test(text) || (text.match(/\p{L}+/gu)?.length ?? 0) <= MAX_BARE_WORDS;
}

/** Characters of an instruction that are looked at. */
const MAX_INSTRUCTION = 4_000;

/** The expressions of an intent: for all languages, and for English. */
interface Expressions {
  readonly all: RegExp;
  readonly english: RegExp;
}

const expressions = new Map<Intent, Expressions>();

function expressionsOf(intent: Intent): Expressions {
  const known = expressions.get(intent);
  if (known !== undefined) return known;
  const of = (lists: readonly string[]): RegExp =>
    new RegExp(`${stemPattern(lists.join('|'))}|${DENSE[intent]}`, 'iu');
  const made = { all: of(SPACED[intent]), english: of(SPACED[intent].slice(0, 1)) };
  expressions.set(intent, made);
  return made;
}

/** Tells if an instruction has words that ask for something of these. */
export function asksFor(instruction: string, ...intents: readonly Intent[]): boolean {
  const text = instruction.slice(0, MAX_INSTRUCTION).normalize('NFC');
  const language = isOfOthers(text) ? 'all' : 'english';
  return intents.some((intent) => expressionsOf(intent)[language].test(text));
}

/** Words of all languages, anywhere in an instruction: a match only skips a check. */
const IMPORTS = /import|inclu(?!s)|requir|импорт|导入|導入|匯入|引入|インポート|가져오/i;
const RUNS =
  /main|test|prob|prue|prov|examp|exemp|ejemp|esemp|beispiel|voorbeeld|przykł|příkl|péld|örnek|пример|тест|провер|测试|測試|示例|テスト|例|테스트|예제|demo|run/i;

/** Tells if an instruction may ask for lines that import something. */
export function asksForImports(instruction: string): boolean {
  return IMPORTS.test(instruction);
}

/** Tells if an instruction may ask for functions that run or test others. */
export function asksForRuns(instruction: string): boolean {
  return RUNS.test(instruction);
}
