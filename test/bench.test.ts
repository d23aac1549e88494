import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Figures } from '../bench/report/statistics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)

/** The smallest sizes: they show that the benchmark works, not how fast anything is. */
const SMALLEST = ['--seconds', '0.4', '--rounds', '2', '--operations', '20', '--variants', '2']

const bench = (...args: string[]) => run(process.execPath, ['bench/main.ts', ...args], { cwd: root })

describe('npm run bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  let output = ''
  let figures: readonly Figures[] = []

  // The benchmark compares the answers of every server, and fails when one of them is wrong.
  beforeAll(async () => {
    const json = join(folder, 'bench.json')
    output = (await bench('--only', 'W1', ...SMALLEST, '--compare', '.', '--markdown', '--json', json)).stdout
    figures = JSON.parse(readFileSync(json, 'utf8')).figures
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('measures every server under every workload', () => {
    const measured = figures.map(({ workload, server }) => `${workload} ${server}`)
    expect(measured).toEqual(['W1 floor', 'W1 gateway', 'W1 other'])
  })

  it('measures all figures', () => {
    for (const { workload: _, server, ratios, ...numbers } of figures) {
      const others = figures.map((other) => other.server).filter((other) => other !== server)
      expect(Object.keys(ratios).sort(), server).toEqual(others.sort())
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

  it('counts the upstream requests: the floor sends one for a page', () => {
    expect(figures.find(({ server }) => server === 'floor')).toMatchObject({ upstreamRequests: 1, rowsRead: 1 })
  })

  it('prints a table with a row for each server', () => {
    for (const { workload, server } of figures) expect(output).toContain(`| ${workload} | ${server} | `)
  })

  it('rejects unknown options and workloads with its usage', async () => {
    await expect(bench('--only', 'W0')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Usage:') })
    await expect(bench('--fast')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Usage:') })
  })
})
