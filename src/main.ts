import { enablePrivateCompileCache } from './compile-cache.ts'

enablePrivateCompileCache()
// A static import would be compiled before this module runs, so without the cache.
const { start } = await import('./start.ts')
await start()
