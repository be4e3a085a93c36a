/** A read-only registry over an OCI image layout. */
export { type RegistryServer, type ServerOptions, startRegistryServer } from './server.ts';
