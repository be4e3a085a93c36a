/** Counts of parameters as people write them. */

const UNITS = ['', 'K', 'M', 'B', 'T'] as const;

/** `361821120` → `361.8M`, `7241732096` → `7.2B`. @param count parameters, 0 or more. */
export function formatParameters(count: number): string {
  let index = 0;
  let value = count;
  while (value >= 999.95 && index < UNITS.length - 1) {
    value /= 1000;
    index++;
  }
  return `${index === 0 ? value : Number(value.toFixed(1))}${UNITS[index]}`;
}
