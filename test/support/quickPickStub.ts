/** A list as `vscode.window.createQuickPick` returns it, in which a test types, moves and presses Enter. */

/** A row as it is shown. */
export interface ShownRow {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly kind?: number;
}

type Listener = () => void;

/** The list. */
export class QuickPickStub {
  title = '';
  placeholder = '';
  value = '';
  items: readonly ShownRow[] = [];
  activeItems: readonly ShownRow[] = [];
  isOpen = false;
  readonly #listeners = {
    change: new Set<Listener>(),
    accept: new Set<Listener>(),
    hide: new Set<Listener>(),
  };

  readonly onDidChangeValue = (listener: Listener): void => void this.#listeners.change.add(listener);
  readonly onDidAccept = (listener: Listener): void => void this.#listeners.accept.add(listener);
  readonly onDidHide = (listener: Listener): void => void this.#listeners.hide.add(listener);

  show(): void {
    this.isOpen = true;
  }

  hide(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const listener of this.#listeners.hide) listener();
  }

  dispose(): void {
    this.hide();
  }

  /** Types a text in place of the one before. */
  type(text: string): void {
    this.value = text;
    for (const listener of this.#listeners.change) listener();
  }

  /** Moves to the row with a label. */
  moveTo(label: string): void {
    this.activeItems = this.items.filter((item) => item.label === label);
  }

  enter(): void {
    for (const listener of this.#listeners.accept) listener();
  }

  /** The labels of the rows. */
  labels(): string[] {
    return this.items.map(({ label }) => label);
  }
}
