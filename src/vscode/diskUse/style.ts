/** The look of the page about disk use: the theme's colors only, one column that fits any width. */
export const STYLE = `
body { max-width: 60em; margin: 0 auto; padding: 0 1.5em 2em; line-height: 1.4; overflow-wrap: anywhere; }
h1 { font-size: 1.5em; font-weight: 600; margin: 1em 0 0.5em; }
h2 { font-size: 1.1em; font-weight: 600; margin: 1.5em 0 0.5em; }
ul { list-style: none; margin: 0; padding: 0; }
li { padding: 0.5em 0; border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent)); }
.line { display: flex; gap: 1em; justify-content: space-between; align-items: baseline; }
.name { font-weight: 600; min-width: 0; }
.size, .line > a { white-space: nowrap; flex: none; }
.details, .legend { color: var(--vscode-descriptionForeground); }
.bar { display: block; margin: 0.35em 0; background: var(--vscode-editorWidget-background); }
.swatch { margin: 0 0.35em 0 0; }
.legend .swatch:not(:first-child) { margin-left: 1em; }
.own { fill: var(--vscode-charts-blue, var(--vscode-foreground)); }
.shared { fill: var(--vscode-charts-orange, var(--vscode-descriptionForeground)); }
a { color: var(--vscode-textLink-foreground); }
a:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
.vscode-high-contrast .bar, .vscode-high-contrast-light .bar { outline: 1px solid var(--vscode-contrastBorder); }
.vscode-high-contrast .own, .vscode-high-contrast-light .own { fill: var(--vscode-foreground); }
.vscode-high-contrast .shared, .vscode-high-contrast-light .shared {
  fill: none; stroke: var(--vscode-foreground); stroke-width: 4; stroke-dasharray: 2 2;
}
`;
