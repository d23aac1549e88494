import { useQuery } from '@apollo/client/react'
import { formatDecimal } from './money.ts'
import { DAYS, type Day } from './queries.ts'

const HEIGHT = 100
const BAR_WIDTH = 16

/** Returns the number of days of a month such as 2026-09. */
function daysOf(month: string): number {
  const [year, number] = month.split('-').map(Number)
  return new Date(Date.UTC(year!, number!, 0)).getUTCDate()
}

const creditOf = ({ summary }: Day, currency: string): string =>
  summary.totals.find((totals) => totals.currency === currency)?.credit ?? '0'

/** The credits of a month by day, a chart for each currency. */
export function Chart({ month }: { readonly month: string }) {
  const count = daysOf(month)
  const { data, error } = useQuery(DAYS, { variables: { from: `${month}-01`, to: `${month}-${count}` } })
  const days = data?.transactions.groups ?? []
  const currencies = [...new Set(days.flatMap(({ summary }) => summary.totals.map(({ currency }) => currency)))].sort()
  return (
    <section aria-label="Chart">
      <h2>Credits by day</h2>
      {error && <p role="alert">{error.message}</p>}
      {currencies.map((currency) => (
        <Bars key={currency} currency={currency} days={days} count={count} />
      ))}
    </section>
  )
}

function Bars({ currency, days, count }: { currency: string; days: readonly Day[]; count: number }) {
  // The heights are pixels, so they may be rounded. The amounts in the titles are exact.
  const highest = Math.max(1, ...days.map((day) => Number(creditOf(day, currency))))
  return (
    <figure>
      <svg role="img" aria-label={`Credits in ${currency}`} width={count * BAR_WIDTH} height={HEIGHT}>
        {days.map((day) => {
          const credit = creditOf(day, currency)
          const height = (Number(credit) / highest) * HEIGHT
          const x = (Number(day.day.slice(-2)) - 1) * BAR_WIDTH
          return (
            <rect key={day.day} x={x} y={HEIGHT - height} width={BAR_WIDTH - 2} height={height} fill="steelblue">
              <title>{`${day.day}: ${formatDecimal(credit, currency)}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption>{currency}</figcaption>
    </figure>
  )
}
