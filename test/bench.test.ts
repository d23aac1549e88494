import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Figures } from '../bench/report/statistics.ts'
import { Decimal, firstDifference, OPAQUE } from '../bench/workloads/compare.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)

/** The smallest sizes: they show that the benchmark works, not how fast anything is. */
const SMALLEST = ['--quick', '--seconds', '0.4', '--rounds', '2', '--operations', '20', '--variants', '2']

const bench = (...args: string[]) => run(process.execPath, ['bench/main.ts', ...args], { cwd: root })

describe('firstDifference()', () => {
  const row = { id: OPAQUE, amount: new Decimal(2.5), names: ['a', null] }

  it.each([
    { id: 'x', amount: '2.50', names: ['a', null] },
    { names: ['a', null], amount: '2.5', id: 'y' },
  ])('accepts opaque texts and trailing zeros: %o', (actual) => {
    expect(firstDifference(actual, row)).toBeNull()
  })

  it.each([
    [{ id: '', amount: '2.5', names: ['a', null] }, 'data.id'],
    [{ id: 'x', amount: '2.05', names: ['a', null] }, 'data.amount'],
    [{ id: 'x', amount: 2.5, names: ['a', null] }, 'data.amount'],
    [{ id: 'x', amount: '2.5', names: ['a'] }, 'data.names.1'],
    [{ id: 'x', amount: '2.5', names: ['a', null, 'b'] }, 'data.names.2'],
    [{ id: 'x', amount: '2.5', names: { 0: 'a', 1: null } }, 'data.names'],
    [{ id: 'x', amount: '2.5', names: ['a', null], more: 1 }, 'data.more'],
    [null, 'data'],
  ])('finds the first difference: %o', (actual, path) => {
    expect(firstDifference(actual, row)).toMatch(new RegExp(`^${path}: expected `))
  })
})

describe('npm run bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  let output = ''
  let figures: readonly Figures[] = []

  const servers = ['floor', 'textbook', 'gateway', 'other']
  const workloads = ['W1', 'W4', 'W7', 'W8']

  // The benchmark compares the answers of every server, and fails when one of them is wrong.
  beforeAll(async () => {
    const json = join(folder, 'bench.json')
    const chosen = ['--only', workloads.join(), '--servers', 'floor,textbook,gateway', '--compare', '.']
    output = (await bench(...chosen, ...SMALLEST, '--markdown', '--json', json)).stdout
    figures = JSON.parse(readFileSync(json, 'utf8')).figures
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('measures every server under every workload', () => {
    const expected = workloads.flatMap((workload) => servers.map((server) => ({ workload, server })))
    expect(figures.map(({ workload, server }) => ({ workload, server }))).toEqual(expected)
  })

  it('measures all figures', () => {
    for (const { workload: _, server, ratios, ...numbers } of figures) {
      expect(Object.keys(ratios)).toEqual(servers.filter((other) => other !== server))
      const values = [
        ...Object.values(numbers),
        ...Object.values(ratios).flatMap(({ low, value, high }) => [low, value, high]),
      ]
      expect(
        values.every((value) => value > 0),
        JSON.stringify(numbers),
      ).toBe(true)
    }
  })

  it('counts the upstream requests: the floor sends the fewest', () => {
    const ofFloor = figures.filter(({ server }) => server === 'floor')
    expect(ofFloor.map(({ workload, upstreamRequests }) => [workload, upstreamRequests])).toEqual([
      ['W1', 1],
      ['W4', 10],
      ['W7', 2],
      ['W8', 76],
    ])
  })

  it('prints a table with a row for each server', () => {
    for (const { workload, server } of figures) expect(output).toContain(`| ${workload} | ${server} | `)
  })

  it('profiles the gateway: threads, owners and functions', async () => {
    const { stdout } = await bench('--profile', 'W1', ...SMALLEST, '--markdown')
    expect(stdout).toMatch(/^\| thread \|.*^\| owner, .*^\| src\/connection \|.*^\| function, /ms)
  })

  it('rejects unknown options and workloads with its usage', async () => {
    await expect(bench('--only', 'W0')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Usage:') })
    await expect(bench('--fast')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Usage:') })
  })
})
