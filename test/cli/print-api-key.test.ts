import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
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

  describe('--file', () => {
    const add = (path: string, ...args: readonly string[]) => run('--file', path, ...args)
    const readKeys = async (path: string) => JSON.parse(await readFile(join(folder, path), 'utf8')).keys
    const keyIn = (out: string) => /^tgw_\S+$/m.exec(out)![0]

    it('creates the file for its owner alone, and prints the command that starts the gateway with it', async () => {
      const { code, out } = await add('new.json', '--name', 'billing', '--vobiz', 'MA_1')
      const file = join(await realpath(folder), 'new.json')
      expect(code).toBe(0)
      expect(out).toContain(`\nAUTH_MODE=api-key API_KEYS_FILE=${file} npm start\n`)
      expect(out).not.toContain('may read everything')
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      const callerWith = createApiKeys({ file, providers: ['VOBIZ', 'KOBBLE'], log: createLog('silent') })
      expect(callerWith(keyIn(out)).name).toBe('billing')
      expect(callerWith(keyIn(out)).grants?.get('VOBIZ')).toEqual({ accounts: ['MA_1'] })
    })

    it('adds to the entries of a file, which a gateway reads', async () => {
      const outs = [await add('more.json', '--name', 'a'), await add('more.json', '--name', 'b')].map(({ out }) => out)
      const file = join(folder, 'more.json')
      const callerWith = createApiKeys({ file, providers: [], log: createLog('silent') })
      expect(outs.map((out) => callerWith(keyIn(out)).name)).toEqual(['a', 'b'])
      expect(outs[0]).toContain('The key has no grants, so it may read everything.')
      expect((await readdir(folder)).filter((name) => name.startsWith('more'))).toEqual(['more.json'])
    })

    it('quotes a path for the shell', async () => {
      const { out } = await add("Bill's keys.json", '--name', 'a')
      expect(out).toContain(`API_KEYS_FILE='${await realpath(folder)}/Bill'\\''s keys.json' npm start`)
    })

    it('writes the file that a symbolic link leads to', async () => {
      await writeFile(join(folder, 'target.json'), '{ "keys": [] }')
      await symlink('target.json', join(folder, 'link.json'))
      expect((await add('link.json', '--name', 'a')).code).toBe(0)
      expect((await lstat(join(folder, 'link.json'))).isSymbolicLink()).toBe(true)
      expect(await readKeys('target.json')).toHaveLength(1)
    })

    it.each([
      ['no JSON', '{ "keys": [', '--file: expected JSON'],
      ['no list', '{ "keys": {} }', '--file: expected a list at keys'],
      ['an invalid entry', '{ "keys": [{ "name": "x" }] }', '--file: expected 64 hexadecimal digits at keys[0].sha256'],
      [
        'an entry of the same name',
        JSON.stringify({ keys: [{ name: 'a', sha256: '0'.repeat(64) }] }),
        '--file: expected a name that no key before it has at keys[1].name',
      ],
    ])('refuses a file with %s, and leaves it as it is', async (_, text, message) => {
      await writeFile(join(folder, 'broken.json'), text)
      const { code, out, err } = await add('broken.json', '--name', 'a')
      expect({ code, out, err }).toEqual({ code: 1, out: '', err: `${message}\n` })
      expect(await readFile(join(folder, 'broken.json'), 'utf8')).toBe(text)
      expect((await readdir(folder)).filter((name) => name.startsWith('broken'))).toEqual(['broken.json'])
    })

    it('refuses a file that another command writes', async () => {
      await writeFile(join(folder, 'busy.json.new'), '')
      const { code, out, err } = await add('busy.json', '--name', 'a')
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain('--file: another command is writing the file')
      expect(await readdir(folder)).not.toContain('busy.json')
      expect(await readdir(folder)).toContain('busy.json.new')
    })
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
