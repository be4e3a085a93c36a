/** Formats numbers for people. Byte units are decimal: a GB is 10^9 bytes, as in file managers and on disk labels. */
import { type Localized, t } from './l10n.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

function unitIndex(bytes: number): number {
  let index = 0;
  // 999.95 would round to "1000", so the next unit starts slightly below the power of ten.
  for (let rest = bytes; rest >= 999.5 && index < UNITS.length - 1; rest /= 1000) index++;
  return index;
}

function scaled(bytes: number, index: number): string {
  const value = bytes / 1000 ** index;
  return index === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1);
}

/** `4120000000` → `4.1 GB`. @param bytes a byte count, 0 or more. */
export function formatBytes(bytes: number): string {
  const index = unitIndex(bytes);
  return `${scaled(bytes, index)} ${UNITS[index]}`;
}

/** `1.2 of 4.1 GB`: both counts in the unit of the total. @param done bytes. @param total bytes. */
export function formatByteProgress(done: number, total: number): Localized {
  const index = unitIndex(total);
  return t('{0} of {1} {2}', scaled(done, index), scaled(total, index), UNITS[index] ?? '');
}

/** `48 MB/s`. @param bytesPerSecond bytes per second. */
export function formatSpeed(bytesPerSecond: number): string {
  const index = unitIndex(bytesPerSecond);
  const value = bytesPerSecond / 1000 ** index;
  return `${value >= 9.95 || index === 0 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[index]}/s`;
}

/** `42 s left`, `1 min left`, `2 h 5 min left`. @param seconds the time left. */
export function formatTimeLeft(seconds: number): Localized {
  if (seconds < 59.5) return t('{0} s left', Math.max(1, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('{0} min left', minutes);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return t('{0} days left', Math.round(hours / 24));
  return minutes % 60 === 0 ? t('{0} h left', hours) : t('{0} h {1} min left', hours, minutes % 60);
}

/** Each unit of time with its length in seconds, which is also the age from which it is used. */
const AGES = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/**
 * `2 days ago`, `1 minute ago`, `this minute`, in the given language.
 * @param ageMs milliseconds that have passed; a negative age counts as zero.
 * @param language a BCP 47 tag, such as `en` or `de`.
 */
export function formatAge(ageMs: number, language: string): string {
  const seconds = Math.max(0, ageMs) / 1000;
  const [unit, length] = AGES.find(([, from]) => seconds >= from) ?? ['minute', 60];
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(
    -Math.floor(seconds / length),
    unit,
  );
}

/** `1234567` → `1.2M`, in the given language. @param language a BCP 47 tag. */
export function formatCount(count: number, language: string): string {
  return new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(count);
}

const PARAMETER_UNITS = ['', 'K', 'M', 'B', 'T'] as const;

/** `361821120` → `361.8M`, `7241732096` → `7.2B`. @param count parameters, 0 or more. */
export function formatParameters(count: number): string {
  let index = 0;
  let value = count;
  while (value >= 999.95 && index < PARAMETER_UNITS.length - 1) {
    value /= 1000;
    index++;
  }
  return `${index === 0 ? value : Number(value.toFixed(1))}${PARAMETER_UNITS[index]}`;
}
