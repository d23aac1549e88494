import { useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { formatMoney } from './money.ts'
import { CUSTOMERS, STATEMENT } from './queries.ts'

/** The month's statement of a customer that the user picks. */
export function Statements({ month }: { readonly month: string }) {
  const { data, error } = useQuery(CUSTOMERS)
  const customers = data?.vobizCustomers.edges.map(({ node }) => node) ?? []
  const [picked, setPicked] = useState('')
  const authId = picked || customers[0]?.authId
  return (
    <section aria-label="Statement">
      <h2>Statement</h2>
      {error && <p role="alert">{error.message}</p>}
      <label>
        Customer{' '}
        <select value={authId} onChange={({ target }) => setPicked(target.value)}>
          {customers.map((customer) => (
            <option key={customer.id} value={customer.authId}>
              {customer.displayName}
            </option>
          ))}
        </select>
      </label>
      {authId && <Statement authId={authId} month={month} />}
    </section>
  )
}

function Statement(variables: { readonly authId: string; readonly month: string }) {
  const { data, error } = useQuery(STATEMENT, { variables })
  const statement = data?.vobizCustomer?.statement
  if (!statement) return <p role="status">{error ? error.message : 'Loading …'}</p>
  return (
    <dl>
      {statement.lines.map(({ referenceType, count, amount }) => (
        <div key={referenceType}>
          <dt>{`${referenceType ?? 'other usage'}, ${count} entries`}</dt>
          <dd>{formatMoney(amount)}</dd>
        </div>
      ))}
      <dt>Usage</dt>
      <dd>{formatMoney(statement.usage)}</dd>
      <dt>Invoice with 20 % margin</dt>
      <dd data-testid="invoice">{formatMoney(statement.invoice)}</dd>
      <dt>Paid in</dt>
      <dd>{formatMoney(statement.recharges)}</dd>
    </dl>
  )
}
