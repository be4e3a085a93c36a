/**
 * Recognizes the names of quantizations as publishers write them: llama.cpp's types (`Q4_K_M`), Unsloth's dynamic ones
 * (`UD-Q4_K_XL`), names with words around them (`MOSTLY_Q4_K_M`, `Q4_K - Medium`, `30B-A3B-UD-Q4_K_XL`) and several in
 * one (`IQ2_XXS/Q4_K_M`).
 *
 *   name  ::= [ "UD-" ] type
 *   type  ::= "Q" digit ( "_0" | "_1" | "_K" size? | "_K" size? "_" letter* ) | "IQ" digit "_" size | "TQ" digit "_0"
 *           | "F16" | "BF16" | "F32" | "F64" | "MXFP4" [ "_MOE" ] | "NVFP4"
 *   size  ::= "_XXS" | "_XS" | "_S" | "_M" | "_L" | "_XL" | "_XXL" | "_NL" | …
 */

const NAME =
  /(?<![A-Za-z0-9])(UD[-_])?(IQ[1-8]_(?:XXS|XS|NL|S|M|L|XL)(?:_(?:XL|L))?|Q[1-8]_[0-9](?:_[48]_[48])?(?:_(?:XL|L))?|Q[1-8]_K(?:_(?:P|XXS|XS|S|M|L|XL|XXL))?|TQ[12]_0|B?F16|F32|F64|FP16|FP32|MXFP4(?:_MOE)?|NVFP4)(?![A-Za-z0-9])/gi;

/** Rewrites llama.cpp's long names, such as “Q4_K - Medium”. */
const LONG_SIZES: readonly (readonly [RegExp, string])[] = [
  [/_K\s*-\s*Small/gi, '_K_S'],
  [/_K\s*-\s*Medium/gi, '_K_M'],
  [/_K\s*-\s*Large/gi, '_K_L'],
];

const SAME: Readonly<Record<string, string>> = { FP16: 'F16', FP32: 'F32', MXFP4_MOE: 'MXFP4' };

/** Returns the names in `text` in their usual spelling, in order and without duplicates. */
export function quantizationNames(text: string): string[] {
  let plain = text;
  for (const [long, short] of LONG_SIZES) plain = plain.replace(long, short);
  const found = new Set<string>();
  for (const [, dynamic, type = ''] of plain.matchAll(NAME)) {
    const name = type.toUpperCase();
    found.add(`${dynamic === undefined ? '' : 'UD-'}${SAME[name] ?? name}`);
  }
  return [...found];
}

/** `30B-A3B-UD-Q4_K_XL` → `UD-Q4_K_XL`, `iq2_xxs/q4_k_m` → `IQ2_XXS/Q4_K_M`; undefined if there is none. */
export function quantizationIn(text: string): string | undefined {
  const names = quantizationNames(text);
  return names.length === 0 ? undefined : names.join('/');
}

/**
 * Average bits per weight over a whole model, as llama.cpp's quantize tool lists them for Llama 3 8B
 * (tools/quantize/README.md). Mixtures keep some tensors larger, so this is not the size of one block.
 */
const BITS: Readonly<Record<string, number>> = {
  IQ1_S: 2.0,
  IQ1_M: 2.15,
  TQ1_0: 1.7,
  TQ2_0: 2.1,
  Q1_0: 1.125,
  Q2_0: 2.25,
  IQ2_XXS: 2.4,
  IQ2_XS: 2.6,
  IQ2_S: 2.75,
  IQ2_M: 2.9,
  Q2_K_S: 3.0,
  Q2_K: 3.2,
  IQ3_XXS: 3.25,
  IQ3_XS: 3.5,
  IQ3_S: 3.66,
  IQ3_M: 3.76,
  Q3_K_S: 3.64,
  Q3_K_M: 4.0,
  Q3_K_L: 4.3,
  IQ4_XS: 4.46,
  IQ4_NL: 4.68,
  MXFP4: 4.25,
  NVFP4: 4.5,
  Q4_0: 4.66,
  Q4_1: 5.12,
  Q4_K_S: 4.67,
  Q4_K_M: 4.89,
  Q5_0: 5.6,
  Q5_1: 6.06,
  Q5_K_S: 5.57,
  Q5_K_M: 5.7,
  Q6_K: 6.56,
  Q8_0: 8.5,
  F16: 16,
  BF16: 16,
  F32: 32,
  F64: 64,
};

/** Maps sizes that only Unsloth and others use to the nearest of llama.cpp's own. */
function nearestType(name: string): string {
  const plain = name.replace(/^UD-/, '').replace(/^(Q[1-8]_[0-9])_.*$/, '$1');
  if (plain in BITS) return plain;
  const base = plain.replace(/_(?:P|XXS|XS|S|M|L|XL|XXL)$/, '');
  return [`${base}_M`, base, `${base}_S`].find((candidate) => candidate in BITS) ?? base;
}

/**
 * Returns the average bits per weight, or undefined for an unknown name. For several types in one name
 * (`IQ2_XXS/Q4_K_M`) it is their mean: the first is that of most layers, and the others raise it.
 */
export function bitsPerWeight(quantization: string): number | undefined {
  const bits = quantizationNames(quantization)
    .map((name) => BITS[nearestType(name)])
    .filter((value) => value !== undefined);
  return bits.length === 0 ? undefined : bits.reduce((total, value) => total + value, 0) / bits.length;
}

/** `361.82M`, `4.02 B`, `7B-instruct`, `30B-A3B` (in total, not only the active ones) → a number, or undefined. */
export function parametersIn(text: string): number | undefined {
  const match = /(?<![A-Za-z0-9.])(?:(\d{1,3})x)?(\d{1,4}(?:\.\d{1,3})?)\s?([KMBT])(?![A-Za-z0-9])/i.exec(
    text,
  );
  if (match === null) return undefined;
  const [, experts = '1', number = '', unit = ''] = match;
  const factor = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }[unit.toUpperCase()] ?? 1;
  return Number(experts) * Number(number) * factor;
}
