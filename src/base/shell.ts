/** Words of command lines: what a person copies here is pasted into a terminal there. */

/** A word for a POSIX shell, which takes nothing in it for an operator or a variable. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-][\w@%+=:,./~-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What some shell of Linux, macOS or Windows (cmd.exe, PowerShell) runs, expands or takes for the end of a command. */
const ACTIVE = /[$`;&|<>(){}!%^#'"*?~\n\r]/;

/**
 * A path to be pasted: as it is, or as one quoted word if a shell would do something with it. Most pastes go into
 * dialogs and settings, so a path that only has spaces in it stays as it is, as in VS Code's own Copy Path.
 * @param platform as Node names it.
 */
export function pastablePath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return ACTIVE.test(path) ? shellWord(path) : path;
  // PowerShell's literal quotes; cmd.exe takes neither them nor any other for literal.
  return /[$`;&(){}!%^'#]/.test(path) ? `'${path.replaceAll("'", "''")}'` : path;
}
