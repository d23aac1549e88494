import { KOBBLE_PAGE_FIELD, planKobblePage, prepareKobblePages } from './kobble-page.ts'
import { planVobizPage, prepareVobizPages, VOBIZ_PAGE_FIELD } from './vobiz-page.ts'
import type { Plan, Workload } from './workload.ts'

function plan(variant: number): Plan {
  const parts = [planVobizPage(variant), planKobblePage(variant)]
  return {
    stages: [parts.flatMap(({ stages }) => stages.flat())],
    expected: Object.assign({}, ...parts.map(({ expected }) => expected)),
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  }
}

export const TWO_PAGES: Workload = {
  name: 'W5',
  title: 'W1 and W2 in one operation',
  document: `query W5($authId: ID!, $after: String!, $kobbleAfter: String!) {
  ${VOBIZ_PAGE_FIELD}
  ${KOBBLE_PAGE_FIELD}
}`,
  clients: 16,
  latencyMs: 0,
  variants: 128,
  plan,
  async prepare(ask, variants) {
    const vobiz = await prepareVobizPages(ask, variants)
    const kobble = await prepareKobblePages(ask, variants)
    return vobiz.map((variables, variant) => ({ ...variables, ...kobble[variant] }))
  },
}
