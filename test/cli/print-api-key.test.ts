import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createApiKeys, hashApiKey } from '../../src/server/auth/api-keys.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-api-key-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('npm run api-key', () => {
  const script = fileURLToPath(new URL('../../src/cli/print-api-key.ts', import.meta.url))

  async function run(...args: readonly string[]) {
    const child = spawn(process.execPath, [script, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.err += text
    })
    const [code] = await once(child, 'close')
    return { code, ...said }
  }

  it('prints a key and its entry for the key file', async () => {
    const args = ['--name', 'billing', '--expires', '2027-01-01', '--vobiz', 'MA_1, MA_2', '--kobble=all']
    const { code, out } = await run(...args)
    expect(code).toBe(0)
    const key = /^tgw_\S+$/m.exec(out)![0]
    const entry = JSON.parse(out.slice(out.indexOf('{')))
    expect(entry).toEqual({
      name: 'billing',
      sha256: hashApiKey(key).toString('hex'),
      expiresAt: '2027-01-01T00:00:00.000Z',
      grants: { VOBIZ: { accounts: ['MA_1', 'MA_2'] }, KOBBLE: 'all' },
    })
    const file = join(folder, 'keys.json')
    await writeFile(file, JSON.stringify({ keys: [entry] }))
    const callerWith = createApiKeys({ file, providers: ['VOBIZ', 'KOBBLE'], log: createLog('silent') })
    expect(callerWith(key).name).toBe('billing')
  })

  it('reports that a key may read everything', async () => {
    const { out } = await run('--name', 'billing')
    expect(out).toContain('without "grants" it may read everything')
    expect(JSON.parse(out.slice(out.indexOf('{')))).toEqual({ name: 'billing', sha256: expect.any(String) })
  })

  it.each([
    ['no name', [], '--name: expected a name'],
    ['a name with a blank', ['--name', 'a b'], '--name: expected a name of 1 to 100'],
    ['no date', ['--name', 'a', '--expires', 'soon'], '--expires: expected a date'],
    ['no accounts', ['--name', 'a', '--vobiz', ','], '--vobiz: expected all, or accounts'],
    ['an unknown option', ['--name', 'a', '--grants', 'all'], "Unknown option '--grants'"],
  ])('prints the usage and no key when called with %s', async (_, args, said) => {
    const { code, out, err } = await run(...args)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(said)
    expect(err).toContain('npm run api-key -- --name')
  })
})
