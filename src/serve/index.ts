/**
 * A read-only registry over an OCI image layout: the sample registry of `npm start`. The extension does not use it yet;
 * sharing models with other machines will.
 */
export { type RegistryServer, type ServerOptions, startRegistryServer } from './server.ts';
