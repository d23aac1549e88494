import parsePrometheusTextFormat from 'parse-prometheus-text-format'
import { expect } from 'vitest'
import type { Gateway } from '../../../src/gateway.ts'

/** A line of the text format that is no comment: a name, labels in quotes, and a number. */
const SAMPLE = /^[a-z_]+(?:\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? -?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/

/** The comments that introduce a metric. */
const HEAD = /^# HELP (\S+) (.+)\n# TYPE (\S+) (counter|gauge|histogram)$/gm

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A page of metrics, parsed. */
export interface Scrape {
  /** The name, type and help of each metric. */
  readonly heads: readonly (readonly [name: string, type: string, help: string])[]
  /** All samples; those of a histogram have the names of its lines, such as `…_bucket`. */
  readonly samples: readonly Sample[]
  /** Returns the sum of the samples that have all of these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number
}

/** Parses a page, and checks that each of its lines has the form that Prometheus accepts. */
export function parseScrape(text: string): Scrape {
  for (const line of text.split('\n')) if (line !== '' && !line.startsWith('# ')) expect(line).toMatch(SAMPLE)
  const heads = Array.from(text.matchAll(HEAD), ([, name = '', help = '', typed, type = '']) => {
    expect(typed).toBe(name)
    return [name, type, help] as const
  })
  // The parser knows no histograms with labels, so it reads their lines as metrics of their own.
  const samples = parsePrometheusTextFormat(text.replaceAll(HEAD, '')).flatMap(({ name, metrics }) =>
    metrics.map(({ value, labels = {} }) => ({ name, labels, value: Number(value) })),
  )
  return {
    heads,
    samples,
    value(name, labels = {}) {
      const named = samples.filter((sample) => sample.name === name)
      if (named.length === 0) throw new Error(`The page has no sample ${name}.`)
      return named
        .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
        .reduce((sum, { value }) => sum + value, 0)
    },
  }
}

/** Scrapes the page of a gateway, without a socket. */
export async function scrape({ yoga }: Pick<Gateway, 'yoga'>): Promise<Scrape> {
  const response = await yoga.fetch('http://gateway.test/metrics')
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return parseScrape(await response.text())
}
