import type { ServerName } from '../servers.ts'
import type { Figures, Ratio } from './statistics.ts'

/** Servers that the others are compared with, as far as they were measured. */
const BASES: readonly ServerName[] = ['floor', 'textbook', 'other']

interface Column {
  readonly title: string
  cell(figures: Figures): string
}

/** Writes a number with three significant digits, and without an exponent. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01))))
  return value.toFixed(Math.min(3, decimals))
}

const ratioText = (ratio: Ratio | undefined): string =>
  ratio === undefined ? '' : `${digits(ratio.value)} (${digits(ratio.low)} to ${digits(ratio.high)})`

function columnsFor(figures: readonly Figures[]): Column[] {
  const bases = BASES.filter((base) => figures.some(({ server }) => server === base))
  return [
    { title: 'workload', cell: ({ workload }) => workload },
    { title: 'server', cell: ({ server }) => server },
    { title: 'CPU ms / 1,000', cell: ({ cpuMs }) => digits(cpuMs) },
    ...bases.map((base) => ({ title: `÷ ${base}`, cell: ({ ratios }: Figures) => ratioText(ratios[base]) })),
    { title: 'op/s', cell: ({ operationsPerSecond }) => digits(operationsPerSecond) },
    { title: 'p50 ms', cell: ({ p50Ms }) => digits(p50Ms) },
    { title: 'p99 ms', cell: ({ p99Ms }) => digits(p99Ms) },
    { title: 'RSS MB', cell: ({ rssMb }) => digits(rssMb) },
    { title: 'KB / op', cell: ({ allocatedKb }) => digits(allocatedKb) },
    { title: 'requests / op', cell: ({ upstreamRequests }) => digits(upstreamRequests) },
    { title: 'rows read / row', cell: ({ rowsRead }) => digits(rowsRead) },
  ]
}

/** Writes rows as a table, the first one as its head: for a terminal, or as Markdown. */
export function writeRows(rows: readonly (readonly string[])[], isMarkdown: boolean): string {
  const columns = rows[0]?.length ?? 0
  if (isMarkdown) {
    const [head = '', ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`)
    return [head, `|${' --- |'.repeat(columns)}`, ...body].join('\n')
  }
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  const lineOf = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return rows.map((cells) => lineOf(cells).trimEnd()).join('\n')
}

/** Writes the figures as a table. */
export function writeTable(figures: readonly Figures[], isMarkdown: boolean): string {
  const columns = columnsFor(figures)
  const rows = [columns.map(({ title }) => title), ...figures.map((row) => columns.map(({ cell }) => cell(row)))]
  return writeRows(rows, isMarkdown)
}
