/**
 * Files that look like secrets. What stands in them is never given to a model: not because it would leave the machine,
 * but because a completion would show it again, in front of others and in other files.
 */

const NAMES: readonly RegExp[] = [
  /^\.env(?:[._~-].*)?$/,
  /\.env$/,
  /^\.envrc$/,
  /\.(?:pem|key|p8|p12|pfx|pkcs8|pkcs12|jks|keystore|kdbx|ppk|der|crt|cer|asc|gpg|pgp|ovpn)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:[._-].*)?$/,
  /^(?:authorized_keys|known_hosts)$/,
  /^\.(?:netrc|npmrc|pypirc|pgpass|htpasswd|dockercfg|git-credentials|my\.cnf|vault-token|boto|yarnrc\.yml|s3cfg|vault_pass|dev\.vars)$/,
  /^_?netrc$/,
  /^(?:kubeconfig|rclone\.conf|nuget\.config|rootkey\.csv|token\.json)$/,
  /^(?:.*[._-])?(?:secret|secrets|credential|credentials|password|passwords|passwd)(?:(?:[._-][\w-]+)?\.(?:json|ya?ml|toml|ini|txt|env|properties|conf|cfg|xml|csv))?$/,
  /^.*\.(?:tfstate(?:\.backup)?|tfvars(?:\.json)?)$/,
  /(?:service[-_]?account|client[-_]secret|firebase-adminsdk).*\.json$/,
];

/** Folders that hold logins, and those of tools in them. */
const FOLDERS: readonly RegExp[] = [
  /(?:^|\/)\.(?:ssh|gnupg|aws|azure|kube|password-store)\//,
  /(?:^|\/)(?:\.docker\/config\.json|\.m2\/settings\.xml|\.git\/config)$/,
  /(?:^|\/)\.config\/(?:gcloud|gh|op)\//,
];

/** Tells if a file looks like a secret. @param path with slashes or backslashes. */
export function looksSecret(path: string): boolean {
  const normal = path.replaceAll('\\', '/').toLowerCase();
  // A copy is as secret as its original.
  const name = normal.slice(normal.lastIndexOf('/') + 1).replace(/(?:\.(?:bak|old|orig)|~)$/, '');
  return NAMES.some((pattern) => pattern.test(name)) || FOLDERS.some((pattern) => pattern.test(normal));
}
