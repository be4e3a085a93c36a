/** Recognizes the role of a file by its name alone; publishers and their tools keep to these names. */
import type { FileRole, ModelFormat } from '../artifact.ts';
import { baseName } from './fileName.ts';
import { formatOfEnding } from './formats.ts';

/** The meaning of a name. `format` is set only for weights. */
export interface NamedRole {
  readonly role: FileRole;
  readonly format?: ModelFormat;
}

/** RamaLama's name for the file to run; in images a symbolic link to it (containers/ramalama, ramalama-oci.5.md). */
export const POINTER = 'model.file';

/** Weights of formats without a name here (formats.ts). */
const OTHER_WEIGHTS =
  /^(?:pytorch_model|model|consolidated).*\.(?:bin|pth?)$|\.(?:onnx|tflite|pth?|npz|keras|mlpackage)$/;

/** Names of tokenizers in Hugging Face's repositories (transformers, sentencepiece, tiktoken). */
const TOKENIZER =
  /^(?:tokenizer(?:_config)?\.json|tokenizer\.model(?:\.v\d+)?|vocab\.(?:json|txt)|merges\.txt|special_tokens_map\.json|added_tokens\.json|spiece\.model|.*\.tiktoken|tekken\.json)$/;
const CONFIG =
  /^(?:config|params|preprocessor_config|processor_config|generation_config|model_index|chat_template)\.json$|_config\.json$|\.safetensors\.index\.json$/;
const LICENSE = /^(?:licen[cs]e|copying|notice|usage[_-]policy)/;

/** The word that llama.cpp's converter puts into the names of projectors, which turn images or sound into tokens. */
const PROJECTOR = /(?:^|[^a-z])mmproj(?:$|[^a-z])/i;

/**
 * Returns true if a name or a media type can only be that of a projector: `mmproj-model-f16.gguf`,
 * `model.mmproj-Q8_0.gguf`, `application/vnd.docker.ai.mmproj`.
 */
export function isProjectorName(name: string): boolean {
  return PROJECTOR.test(name);
}

/**
 * Returns the role of a file with this name.
 * A GGUF with `mmproj` in its name is a projector, since both may have the type of a GGUF and nothing else tells them
 * apart (docker/model-runner, pkg/distribution/internal/bundle/unpack.go). Other words of companions occur in names of
 * models too and count only beside one (companions.ts).
 */
export function roleOfName(name: string): NamedRole {
  const base = baseName(name).toLowerCase();
  // macOS stores a file's attributes beside it on other file systems, and tar and zip include them.
  if (base.startsWith('._')) return { role: 'other' };
  if (base === POINTER) return { role: 'weights', format: 'gguf' };
  if (base.endsWith('.gguf')) {
    return isProjectorName(base) ? { role: 'projector' } : { role: 'weights', format: 'gguf' };
  }
  // Docker Model Runner unpacks projectors with this extension.
  if (base.endsWith('.mmproj')) return { role: 'projector' };
  if (/^adapter_model\.(?:safetensors|bin)$/.test(base)) return { role: 'adapter' };
  const format = formatOfEnding(base);
  if (format !== 'other' || OTHER_WEIGHTS.test(base)) return { role: 'weights', format };
  if (base.endsWith('.jinja')) return { role: 'template' };
  if (TOKENIZER.test(base)) return { role: 'tokenizer' };
  if (CONFIG.test(base)) return { role: 'config' };
  return LICENSE.test(base) ? { role: 'license' } : { role: 'other' };
}

/** Returns true if a name has an extension; a model without one may have any name. */
export function hasExtension(name: string): boolean {
  return /\.[a-z]{2,5}$/i.test(name);
}

/** Extensions that no program uses for weights: text, code, images, sound, documents, packages, signatures. */
const NO_WEIGHTS =
  /\.(?:md|mdx|rst|txt|text|adoc|tex|html?|css|xml|xsd|svg|jsonl?|ya?ml|toml|ini|cfg|conf|env|lock|log|csv|tsv|parquet|arrow|sql|proto|py|pyi|pyc|ipynb|[cm]?[jt]sx?|map|sh|bash|zsh|fish|ps1|bat|cmd|rb|pl|lua|go|rs|java|kt|swift|cs|php|c|cc|cpp|cu|h|hh|hpp|mk|cmake|diff|patch|png|jpe?g|gif|webp|bmp|ico|tiff?|avif|mp[34]|m4[av]|wav|flac|ogg|webm|mov|avi|pdf|docx?|xlsx?|pptx?|odt|epub|jinja2?|gotmpl|tmpl|zip|7z|rar|bz2|xz|whl|jar|deb|rpm|apk|exe|msi|dll|so|dylib|wasm|sig|asc|pem|crt|key|p7s|sha(?:1|256|512)|md5|sbom|spdx|intoto)$/i;
/** Project files without an extension, and all hidden files. */
const NO_WEIGHTS_NAME =
  /^(?:\..*|readme.*|changelog.*|contributing|authors|maintainers|owners|version|makefile|dockerfile.*|containerfile.*|modelfile.*|kitfile.*|jenkinsfile|procfile|gemfile|requirements.*|(?:sha(?:1|256|512)|md5)sums?|checksums?)$/i;

/** Endings behind that of a GGUF, as of a piece (`.gguf.part1of2`, `.gguf-split-a`) or a checksum. */
const PIECE = /\.gguf[-_.]|\.part[-_]?\d+(?:of\d+)?$/i;

/**
 * Returns true if a file may be a model although its name does not say so: publishers omit extensions
 * (`Qwen3-0.6B-Q8_0`) and invent their own. Its first bytes decide.
 */
export function mayBeModel(name: string): boolean {
  const base = baseName(name);
  if (roleOfName(base).role !== 'other') return false;
  return ![NO_WEIGHTS, NO_WEIGHTS_NAME, PIECE].some((pattern) => pattern.test(base));
}

/** Returns true if a file in a container image may belong to a model and is worth unpacking. */
export function isModelFileName(name: string): boolean {
  return roleOfName(name).role !== 'other';
}
