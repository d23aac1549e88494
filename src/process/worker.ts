import { enablePrivateCompileCache } from '../compile-cache.ts'

// The main module of a worker process; see `src/main.ts`.
enablePrivateCompileCache()
const { runWorker } = await import('./run-worker.ts')
runWorker()
