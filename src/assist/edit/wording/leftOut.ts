/**
 * Words by which a comment says that it stands for lines which the model does not repeat, in the languages that models
 * answer in: the rest of something, or that something stays as it is. None of them is proof: a comment may speak of the
 * rest of a list. The lines around it decide.
 */
import { stemPattern } from './stems.ts';

/** Names for lines that are left out: the rest, other lines, lines that were there before. Beginnings of words; `_` is the end of one. */
const REST = [
  'rest_|remain(?:s|ing|der)?_|others?_|existing_|original_|previous_|omitted_|skipped_|snip(?:ped)?_|truncated_',
  'restlich|übrig|weiter|bestehend|vorhanden|bisherig|ausgelassen|gekürzt',
  'reste_|restant|existant|précédent|omis',
  'resto_|restante|existente|anterior|omitid',
  'esistent|precedent|omess|restant',
  'bestaand|overig|weggelaten',
  'reszta|reszt[aąęy]|pozostał|istniejąc|pominięt',
  'zbytek|zbýva|ostatní|stávajíc|existujíc|vynechán',
  'többi|maradék|meglévő|kihagy',
  'kalan|geri kalan|mevcut|diğer|atlan',
  'осталь|остат|прочий|существующ|прежн|пропущ|опущ',
].join('|');
/** That it stays as it is. */
const SAME = [
  'unchanged_|same_|stays?_|as before_|as above_|no changes?_|not changed_|remains_',
  'unverändert|gleich_|bleib|wie (?:bisher|zuvor|oben|vorher)|keine änderung',
  'inchangé|identique|même|reste_|sans changement|comme avant',
  'igual_|sin cambios|permanece|mismo|mism[ao]|queda|inalterad|sem alterações|mantém|mantido|mesm[oa]',
  'invariat|immutat|uguale|rimane|resta_|stess[oa]',
  'ongewijzigd|hetzelfde|blijft',
  'bez zmian|niezmienion|taki sam|takie samo|pozostaje',
  'beze změn|nezměn|stejn|zůstáv',
  'változatlan|ugyanaz|marad',
  'değişmedi|değişmeden|aynı|değişiklik yok',
  'без изменений|неизмен|не меня|так же|то же|как было|как раньше',
].join('|');
/** Names for kinds of code. */
const CODE = [
  'code_|lines?_|functions?_|methods?_|class_|body_|implementation_|logic_|file_|block_|loop_|contents?_|imports?_|statements?_',
  'zeile|funktion|methode|klasse|rumpf|logik|datei|inhalt|schleife',
  'ligne|fonction|méthode|classe|corps|logique|fichier|contenu|boucle',
  'código|linea|línea|linha|función|função|método|clase|cuerpo|corpo|lógica|archivo|arquivo|bucle',
  'codice|righe|funzione|metodo|logica|ciclo',
  'regels?|functie|bestand|lus',
  'kodu?|wiersz|funkcj|metod|klas|logik|plik|pętl',
  'kód|řád|funkc|tříd|logik|soubor|smyčk',
  'kód|sor|függvény|osztály|logika|fájl',
  'kod|satır|fonksiyon|işlev|dosya|döngü',
  'код|строк|функци|метод|класс|тел[оа]|логик|файл|цикл',
].join('|');
/** The same in Chinese, Japanese and Korean. */
const DENSE =
  /其余|其餘|其他代码|剩余|剩餘|剩下|现有|現有|原有|原来的|省略|略$|不变|不變|保持|相同|同上|以下同|残り|既存|以降|同じ|変更なし|変更無し|そのまま|나머지|기존|생략|동일|그대로|변경 없음|이하/;
const ofWords = (words: string): RegExp => new RegExp(stemPattern(words), 'iu');
const [REST_WORD, SAME_WORD, CODE_WORD] = [ofWords(REST), ofWords(SAME), ofWords(CODE)];

/** Words beyond which a comment says more than that. */
const MAX_WORDS = 14;
/** Characters beyond which it does. */
const MAX_LENGTH = 120;

/** How much a comment sounds as if it stood for lines. */
export type LeftOut = 'no' | 'perhaps' | 'clearly';

/**
 * Judges the text of a comment, without its marks. `clearly`: it begins with dots, or says that the rest of the code is
 * left out or that something stays the same. `perhaps`: a word of that, or dots at the end.
 */
export function soundsLeftOut(body: string): LeftOut {
  const text = body.trim().normalize('NFC');
  if (text === '' || text.length > MAX_LENGTH) return 'no';
  if (/^[([<{\-–—=*~ ]*(?:\.{3,}|…|⋮|\[\.{2,}\])/u.test(text)) return 'clearly';
  const dense = DENSE.test(text);
  if (dense && text.length <= 16) return 'clearly';
  if ((text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) > MAX_WORDS) return 'no';
  const [rest, same, code] = [REST_WORD, SAME_WORD, CODE_WORD].map((words) => words.test(text));
  const count = text.match(/\p{L}+/gu)?.length ?? 0;
  if (rest === true && (same === true || (code === true && count <= 6))) return 'clearly';
  if (same === true && (code === true || count <= 3)) return 'clearly';
  return rest === true || same === true || dense || /(?:\.{3,}|…|⋮)\W*$/u.test(text) ? 'perhaps' : 'no';
}
