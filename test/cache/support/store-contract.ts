import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AnswerStore, KeptAnswer, Observation } from '../../../src/cache/store.ts'
import { parseJson } from '../../../src/values/exact-json.ts'

const HOUR_MS = 3_600_000

/** Returns an answer that can be told apart by its text. */
export function keptAnswer(text: string, ttlMs = HOUR_MS): KeptAnswer {
  const requestedAt = Date.now()
  return {
    json: parseJson(text),
    headers: { 'x-total-count': '3' },
    rows: 3,
    size: text.length,
    finality: 'rows',
    requestedAt,
    expiresAt: requestedAt + ttlMs,
  }
}

/**
 * Describes what every store of answers promises.
 *
 * @param open creates an empty store; called before each test
 */
export function describeStoreContract(name: string, open: () => AnswerStore | Promise<AnswerStore>): void {
  describe(`${name} as a store of answers`, () => {
    let store: AnswerStore

    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    /** Looks the list up, as a caller does before a request, and puts the answer that the request brought. */
    async function observe(list: string, request: string, state: string, answer: KeptAnswer | null): Promise<void> {
      await put({ ...(await lookUp(list, request)), list, request, state, answer })
    }
    const lookUp = async (list: string, request: string) => ({
      before: (await store.get(list, request)).generation?.id ?? null,
    })
    const put = (observation: Observation) => store.put(observation)
    const textOf = async (list: string, request: string) => {
      const { answer } = await store.get(list, request)
      return answer && JSON.stringify(answer.json)
    }

    it('knows nothing of a list at first', async () => {
      expect(await store.get('list', 'page 1')).toEqual({ generation: null, answer: null })
    })

    it('returns answers with all their digits, members and headers', async () => {
      const text = '{"a":[1.10,9007199254740993,-0,1e-7,"ü😀\\u0000"],"__proto__":{"b":null}}'
      const answer = keptAnswer(text)
      await observe('list', 'page 1', 'S1', answer)
      const found = await store.get('list', 'page 1')
      expect(JSON.stringify(found.answer?.json)).toBe(JSON.stringify(answer.json))
      expect(JSON.stringify(found.answer?.json)).toContain('[1.10,9007199254740993,-0,1e-7,')
      const { json: _, ...rest } = answer
      expect(found.answer).toMatchObject(rest)
      expect(found.generation?.state).toBe('S1')
    })

    it('keeps the answers of one state side by side', async () => {
      await observe('list', 'page 1', 'S1', keptAnswer('[1]'))
      await observe('list', 'page 2', 'S1', keptAnswer('[2]'))
      expect([await textOf('list', 'page 1'), await textOf('list', 'page 2')]).toEqual(['[1]', '[2]'])
    })

    it('keeps lists and requests apart', async () => {
      await observe('list', 'page 1', 'S1', keptAnswer('[1]'))
      expect(await textOf('list', 'page 2')).toBeNull()
      expect(await textOf('other list', 'page 1')).toBeNull()
      await observe('other list', 'page 1', 'S2', keptAnswer('[2]'))
      expect(await textOf('list', 'page 1')).toBe('[1]')
    })

    it('drops all answers of a list when a later answer shows another state', async () => {
      await observe('list', 'page 1', 'S1', keptAnswer('[1]'))
      await observe('list', 'page 2', 'S1', keptAnswer('[2]'))
      const old = (await store.get('list', 'page 1')).generation
      await observe('list', 'page 3', 'S2', keptAnswer('[3]'))
      expect(await textOf('list', 'page 1')).toBeNull()
      expect(await textOf('list', 'page 2')).toBeNull()
      expect(await textOf('list', 'page 3')).toBe('[3]')
      const { generation } = await store.get('list', 'page 1')
      expect(generation?.state).toBe('S2')
      expect(generation?.id).not.toBe(old?.id)
    })

    it('drops them also when that answer cannot be kept', async () => {
      await observe('list', 'page 1', 'S1', keptAnswer('[1]'))
      await observe('list', 'page 2', 'S2', null)
      expect(await textOf('list', 'page 1')).toBeNull()
      await observe('list', 'page 1', 'S2', keptAnswer('[2]'))
      expect(await textOf('list', 'page 1')).toBe('[2]')
    })

    it('keeps nothing of a list of which no answer can be kept', async () => {
      await observe('list', 'page 1', 'S1', null)
      expect((await store.get('list', 'page 1')).answer).toBeNull()
    })

    it('keeps neither of two states that requests at the same time have shown', async () => {
      await observe('list', 'page 1', 'S0', keptAnswer('[0]'))
      const { before } = await lookUp('list', 'page 1')
      await put({ list: 'list', request: 'page 1', before, state: 'S2', answer: keptAnswer('[2]') })
      await put({ list: 'list', request: 'page 2', before, state: 'S1', answer: keptAnswer('[1]') })
      expect(await textOf('list', 'page 1')).toBeNull()
      expect(await textOf('list', 'page 2')).toBeNull()
      // A third answer of that time does not bring a state back, either.
      await put({ list: 'list', request: 'page 3', before, state: 'S1', answer: keptAnswer('[3]') })
      expect(await textOf('list', 'page 3')).toBeNull()
      // A request after that is newer than all of them.
      await observe('list', 'page 1', 'S1', keptAnswer('[4]'))
      expect(await textOf('list', 'page 1')).toBe('[4]')
    })

    it('keeps neither of two states of a list of which nothing was known', async () => {
      await put({ list: 'list', request: 'page 1', before: null, state: 'S2', answer: keptAnswer('[2]') })
      await put({ list: 'list', request: 'page 2', before: null, state: 'S1', answer: keptAnswer('[1]') })
      await put({ list: 'list', request: 'page 3', before: null, state: 'S1', answer: keptAnswer('[3]') })
      for (const page of ['page 1', 'page 2', 'page 3']) expect(await textOf('list', page)).toBeNull()
    })

    it('keeps answers of one state, whatever the order in which their requests began', async () => {
      await put({ list: 'list', request: 'page 1', before: null, state: 'S1', answer: keptAnswer('[1]') })
      await put({ list: 'list', request: 'page 2', before: null, state: 'S1', answer: keptAnswer('[2]') })
      expect([await textOf('list', 'page 1'), await textOf('list', 'page 2')]).toEqual(['[1]', '[2]'])
    })

    it('keeps no answer of a request that began under a generation of which nothing is left', async () => {
      await put({ list: 'list', request: 'page 1', before: 'gone', state: 'S1', answer: keptAnswer('[1]') })
      expect(await textOf('list', 'page 1')).toBeNull()
    })

    it('drops a list', async () => {
      await observe('list', 'page 1', 'S1', keptAnswer('[1]'))
      const { before } = await lookUp('list', 'page 1')
      await store.drop('list')
      expect(await textOf('list', 'page 1')).toBeNull()
      // Answers of requests from before are not kept: what they show may be older than the reason to drop the list.
      await put({ list: 'list', request: 'page 1', before, state: 'S1', answer: keptAnswer('[1]') })
      expect(await textOf('list', 'page 1')).toBeNull()
      await store.drop('a list of which nothing is known')
    })

    it('replaces an answer by a later one of the same state', async () => {
      await observe('list', 'page 1', 'S1', keptAnswer('[1]'))
      await observe('list', 'page 1', 'S1', keptAnswer('[2]'))
      expect(await textOf('list', 'page 1')).toBe('[2]')
    })

    it('does not return an answer after its time', async () => {
      await observe('list', 'page 1', 'S1', keptAnswer('[1]', 40))
      await observe('list', 'page 2', 'S1', keptAnswer('[2]'))
      await sleep(120)
      expect(await textOf('list', 'page 1')).toBeNull()
      expect(await textOf('list', 'page 2')).toBe('[2]')
    })
  })
}
