declare module 'parse-prometheus-text-format' {
  export interface ParsedMetric {
    readonly name: string
    readonly metrics: readonly {
      readonly value: string
      readonly labels?: Readonly<Record<string, string>>
    }[]
  }
  export default function parsePrometheusTextFormat(text: string): readonly ParsedMetric[]
}
