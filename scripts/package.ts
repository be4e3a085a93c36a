/** `npm run package`: a VSIX for the platform it runs on. */
import { buildVsix } from './support/vsix.ts';

const { path, bytes } = await buildVsix();
console.log(`${path} (${(bytes / 1e6).toFixed(1)} MB)`);
