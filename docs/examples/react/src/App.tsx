import { useState } from 'react'
import { Chart } from './Chart.tsx'
import { Entries } from './Entries.tsx'
import { Statements } from './Statements.tsx'

export function App() {
  const [month, setMonth] = useState(() => new Date().toISOString().slice(0, 7))
  return (
    <main>
      <h1>Transactions</h1>
      <label>
        Month <input type="month" required value={month} onChange={({ target }) => setMonth(target.value || month)} />
      </label>
      <Chart month={month} />
      <Statements month={month} />
      <Entries />
    </main>
  )
}
