/** `npm run test:desktop`: the extension-host tests in a desktop VS Code, which @vscode/test-electron downloads. */
import { runDesktopTests } from '../test/support/desktop.ts';

const { passed, failed } = await runDesktopTests();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
