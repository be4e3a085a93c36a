/** Quotes words of command lines that a person copies from here into a terminal. */

/** Quotes a word for a POSIX shell if it would otherwise see an operator, a variable or several words. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-][\w@%+=:,./~-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Characters that some shell of Linux, macOS or Windows (cmd.exe, PowerShell) expands, runs or ends a command at. */
const ACTIVE = /[$`;&|<>(){}!%^#'"*?~\n\r]/;

/**
 * Prepares a path for pasting: unchanged, or as one quoted word if a shell would interpret part of it. Most paths are
 * pasted into dialogs and settings, so spaces alone do not cause quotes, as in VS Code's own Copy Path.
 * @param platform as Node.js names it.
 */
export function pastablePath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return ACTIVE.test(path) ? shellWord(path) : path;
  // PowerShell's literal quotes; cmd.exe has no literal quotes at all.
  return /[$`;&(){}!%^'#]/.test(path) ? `'${path.replaceAll("'", "''")}'` : path;
}
