/** `npm run build`: bundles into `dist/`. */
import { buildExtension } from '../esbuild.ts';

await buildExtension();
