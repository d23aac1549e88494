import { createServer } from 'node:http'
import { createYoga } from 'graphql-yoga'
import { listen } from '../process/child.ts'
import { schema } from './schema.ts'
import { createLoaders } from './upstream.ts'

/**
 * The server that a good tutorial would end with: the same libraries as the gateway, and none of its guarantees. Cursors are
 * offsets, numbers are what JSON.parse makes of them, and there are no limits, retries or shared requests.
 */
const yoga = createYoga({ schema, context: () => ({ loaders: createLoaders() }) })

await listen(createServer(yoga))
