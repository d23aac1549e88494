// The registry: one line makes a provider's folder part of the gateway.
export { kobble } from './kobble/index.ts'
export { vobiz } from './vobiz/index.ts'
