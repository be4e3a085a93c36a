/** Measured figures that a test wants to be seen beside its result. */
let notes: string[] = [];

/** Adds a figure to the running test. */
export function note(text: string): void {
  notes.push(text);
}

/** The figures since the last call. */
export function takeNotes(): { note?: string } {
  const taken = notes.join('; ');
  notes = [];
  return taken === '' ? {} : { note: taken };
}
