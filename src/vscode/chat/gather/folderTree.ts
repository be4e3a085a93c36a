/** The names in a folder as an indented list. */
import * as vscode from 'vscode';

/** Folders whose content nobody wrote; their names are listed alone. */
const CLOSED: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', 'node_modules', '.venv', '__pycache__']);
const MAX_DEPTH = 5;
/** Number of names that are listed. */
const MAX_NAMES = 400;

/** Tells if there is a folder at an address, whatever its name says. */
export async function isFolder(uri: vscode.Uri): Promise<boolean> {
  const stat = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
  return ((stat?.type ?? vscode.FileType.Unknown) & vscode.FileType.Directory) !== 0;
}

/** Lists a folder, level by level, so that a large subfolder takes no room from the others. */
export async function folderTree(folder: vscode.Uri): Promise<string> {
  const root: Branch = { name: '', uri: folder, children: [] };
  let count = 0;
  let level: Branch[] = [root];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0 && count < MAX_NAMES; depth++) {
    const next: Branch[] = [];
    for (const branch of level) {
      const entries = await entriesOf(branch.uri).catch((error: unknown) => {
        if (branch === root) throw error;
        // A folder that may not be read, or was removed meanwhile, is its name.
        return [];
      });
      for (const [name, type] of entries) {
        if (count >= MAX_NAMES) {
          root.isCut = true;
          break;
        }
        count += 1;
        const isFolder = (type & vscode.FileType.Directory) !== 0;
        const child = {
          name: isFolder ? `${name}/` : name,
          uri: vscode.Uri.joinPath(branch.uri, name),
          children: [],
        };
        branch.children.push(child);
        // A link may lead back to where it is.
        if (isFolder && !CLOSED.has(name) && (type & vscode.FileType.SymbolicLink) === 0) next.push(child);
      }
    }
    level = next;
  }
  return [...lines(root.children, ''), ...(root.isCut === true ? ['[… more …]'] : [])].join('\n');
}

interface Branch {
  readonly name: string;
  readonly uri: vscode.Uri;
  readonly children: Branch[];
  isCut?: boolean;
}

async function entriesOf(folder: vscode.Uri): Promise<[string, vscode.FileType][]> {
  const entries = await vscode.workspace.fs.readDirectory(folder);
  return entries.sort(([a], [b]) => Number(a > b) - Number(a < b));
}

function lines(branches: readonly Branch[], indent: string): string[] {
  return branches.flatMap(({ name, children }) => [`${indent}${name}`, ...lines(children, `${indent}  `)]);
}
