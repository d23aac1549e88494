import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CODE_LABELS } from '../../src/metrics/error-codes.ts'
import { OPERATION_KINDS, OPERATION_OUTCOMES } from '../../src/metrics/operation-counters.ts'
import { METRICS } from '../../src/metrics/registry.ts'
import { REQUEST_OUTCOMES } from '../../src/upstream/statistics.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))
const rules = readFileSync(join(docs, 'deployment/alerts.yaml'), 'utf8')
const operations = readFileSync(join(docs, 'operations.md'), 'utf8')

const alerts = [...rules.matchAll(/^ {6}- alert: (\w+)\n {8}expr: (.+)$/gm)].map(([, name = '', expression = '']) => ({
  name,
  expression,
}))

const METRIC = /\b(?:gateway|process|nodejs)_[a-z_]+\b/g
/** The metric of a name in an expression; histograms have names for their parts. */
const metricOf = (name: string) =>
  METRICS.find(
    (metric) =>
      metric.name === name ||
      (metric.type === 'histogram' && new RegExp(`^${metric.name}_(?:bucket|sum|count)$`).test(name)),
  )

/** The values that a label of a metric can have. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'gateway_operations_total outcome': OPERATION_OUTCOMES,
  'gateway_operation_errors_total code': CODE_LABELS,
  'gateway_operation_duration_seconds kind': OPERATION_KINDS,
  'gateway_upstream_requests_total outcome': REQUEST_OUTCOMES,
  'gateway_redis_processes state': ['ready', 'connecting'],
  'gateway_upstream_circuits state': ['closed', 'half-open', 'open'],
}

/** The selectors of an expression: a metric with its conditions on labels. */
const selectorsOf = (expression: string) =>
  [...expression.matchAll(/\b(\w+)\{([^}]*)\}/g)].map(([, name = '', conditions = '']) => ({
    name,
    conditions: [...conditions.matchAll(/(\w+)!?=~?"([^"]*)"/g)].map(([, label = '', values = '']) => ({
      label,
      values,
    })),
  }))

describe('docs/deployment/alerts.yaml', () => {
  it('has rules in the form of Prometheus', () => {
    const lines = rules.split('\n').filter((line) => !line.startsWith('#') && line !== '')
    expect(lines.slice(0, 3)).toEqual(['groups:', '  - name: transactions-gateway', '    rules:'])
    expect(lines.slice(3).filter((line) => !/^ {6}- alert: \w+$|^ {8}(?:expr: .+|for: \d+m)$/.test(line))).toEqual([])
    expect(alerts.length).toBeGreaterThan(10)
    expect(alerts).toHaveLength(rules.match(/- alert:/g)!.length)
  })

  it.each(alerts)('$name uses metrics that exist, with labels and values that they have', ({ expression }) => {
    const names = expression.match(METRIC) ?? []
    expect(names.length + (expression.match(/\bup\b/g)?.length ?? 0)).toBeGreaterThan(0)
    expect(names.filter((name) => metricOf(name) === undefined)).toEqual([])
    for (const { name, conditions } of selectorsOf(expression)) {
      const metric = metricOf(name)
      for (const { label, values } of conditions) {
        // Prometheus adds it to every metric.
        if (label === 'job') continue
        expect(metric?.labels).toContain(label)
        expect(VALUES[`${metric?.name} ${label}`]).toEqual(expect.arrayContaining(values.split('|')))
      }
    }
    const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '))
    const known = ['le', ...names.flatMap((name) => metricOf(name)?.labels ?? [])]
    expect(grouped.filter((label) => !known.includes(label))).toEqual([])
  })

  it('has a row for each rule in docs/operations.md', () => {
    const section = operations.split('\n## ').find((part) => part.startsWith('Alerts\n')) ?? ''
    const rows = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    expect(rows).toEqual(alerts.map(({ name }) => name))
  })
})

describe('the pages', () => {
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'))

  it.each(pages)('name metrics that exist: %s', (page) => {
    const code = [...readFileSync(join(docs, page), 'utf8').matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)
    const names = code.flatMap((text) => text.match(/\bgateway_[a-z_]+\b/g) ?? [])
    expect(names.filter((name) => metricOf(name) === undefined)).toEqual([])
  })
})
