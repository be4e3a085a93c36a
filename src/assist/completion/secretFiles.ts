/**
 * Files that look like secrets. What stands in them is never given to a model: not because it would leave the machine,
 * but because a completion would show it again, in front of others and in other files.
 */

const NAMES: readonly RegExp[] = [
  /^\.env(?:\..+)?$/,
  /\.env$/,
  /^\.envrc$/,
  /\.(?:pem|key|p8|p12|pfx|pkcs8|pkcs12|jks|keystore|kdbx|ppk|der|crt|cer|asc|gpg|pgp|ovpn)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:\.pub)?$/,
  /^(?:authorized_keys|known_hosts)$/,
  /^\.(?:netrc|npmrc|pypirc|pgpass|htpasswd|dockercfg|git-credentials|my\.cnf|vault-token|boto)$/,
  /^_netrc$/,
  /^(?:.*[._-])?(?:secret|secrets|credential|credentials|password|passwords|passwd)(?:\.(?:json|ya?ml|toml|ini|txt|env|properties|conf|cfg|xml))?$/,
  /^(?:terraform\.tfstate(?:\.backup)?|.*\.tfvars(?:\.json)?)$/,
  /^(?:service[-_]?account|client[-_]secret)s?.*\.json$/,
];

/** Folders that hold logins, and those of tools in them. */
const FOLDERS: readonly RegExp[] = [
  /(?:^|\/)\.(?:ssh|gnupg|aws|azure|kube|password-store)\//,
  /(?:^|\/)\.docker\/config\.json$/,
  /(?:^|\/)\.config\/(?:gcloud|gh|op)\//,
];

/** Tells if a file looks like a secret. @param path with slashes or backslashes. */
export function looksSecret(path: string): boolean {
  const normal = path.replaceAll('\\', '/').toLowerCase();
  const name = normal.slice(normal.lastIndexOf('/') + 1);
  return NAMES.some((pattern) => pattern.test(name)) || FOLDERS.some((pattern) => pattern.test(normal));
}
