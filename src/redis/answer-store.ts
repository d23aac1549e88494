import { randomBytes } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { AnswerStore, KeptAnswer, Lookup, Observation, StoreStatistics } from '../cache/store.ts'
import { parseJson } from '../values/exact-json.ts'
import type { RedisConnection } from './connection.ts'
import { Sealing } from './sealing.ts'

/** Time for which a generation is remembered at least: longer than requests are in flight. */
const MIN_GENERATION_MS = 10 * 60_000
/** Length of JSON text from which on an answer is not kept, because encrypting it would delay other requests. */
const MAX_ANSWER_SIZE = 2_000_000

/*
 * A list has a hash with its generation: `id`, the sealed `state`, and a `digest` of the state, by which states are compared. Answers have
 * keys of their own that contain the id of their generation, so that they cannot be found any more once it is replaced; they expire
 * by themselves. Scripts run atomically.
 */

const FIND = `
local id, state = unpack(redis.call('hmget', KEYS[1], 'id', 'state'))
if not id then return {} end
return { id, state, redis.call('get', KEYS[1] .. ':' .. id .. ':' .. ARGV[1]) }
`

const BEGIN = `
local function begin(id, digest, state, ttl)
  redis.call('hset', KEYS[1], 'id', id, 'digest', digest, 'state', state)
  redis.call('pexpire', KEYS[1], ttl)
end
`

/** See `AnswerStore.put`. Arguments: request, id before, digest, sealed state, new id, answer, its TTL, least TTL of a generation. */
const PUT = `${BEGIN}
local request, before, digest, state, newId, answer = unpack(ARGV, 1, 6)
local answerTtl, ttl = tonumber(ARGV[7]), tonumber(ARGV[8])
local id, presentDigest = unpack(redis.call('hmget', KEYS[1], 'id', 'digest'))
if answer ~= '' then ttl = math.max(ttl, answerTtl) end
if not id then
  if before ~= '' or answer == '' then return end
  begin(newId, digest, state, ttl)
  id = newId
elseif presentDigest ~= digest then
  if id == before then
    begin(newId, digest, state, ttl)
  else
    begin(newId, '', '', ttl)
    answer = ''
  end
  id = newId
elseif redis.call('pttl', KEYS[1]) < ttl then
  redis.call('pexpire', KEYS[1], ttl)
end
if answer ~= '' then redis.call('set', KEYS[1] .. ':' .. id .. ':' .. request, answer, 'px', answerTtl) end
`

const DROP = `${BEGIN}
if redis.call('exists', KEYS[1]) == 1 then begin(ARGV[1], '', '', ARGV[2]) end
`

const NOTHING: Lookup = { generation: null, answer: null }

/** An answer without its JSON. */
type AnswerHead = Omit<KeptAnswer, 'json'>

/** What {@link FIND} returns: id, sealed state and sealed answer; empty when nothing is known of the list. */
type Found = readonly [id: string, state: string, answer: string | null] | readonly []

/**
 * Keeps answers in Redis, for all processes with the same secret. Values are encrypted and keys are digests, so that Redis shows
 * neither entries nor customers. Redis bounds the memory and evicts what is used least recently.
 */
export class RedisAnswerStore implements AnswerStore {
  readonly #connection: RedisConnection
  readonly #sealing: Sealing
  readonly #now: () => number

  /** @param now the clock, in epoch milliseconds */
  constructor(connection: RedisConnection, secret: string, now: () => number = Date.now) {
    this.#connection = connection
    this.#sealing = new Sealing(secret)
    this.#now = now
  }

  async get(list: string, request: string): Promise<Lookup> {
    const listName = this.#sealing.nameOf(list)
    const requestName = this.#sealing.nameOf(request)
    const found = await this.#run<Found>(FIND, listName, [requestName])
    if (found === null || found.length === 0) return NOTHING
    const [id, sealedState, sealedAnswer] = found
    const state = sealedState === '' ? null : this.#sealing.unseal(listName, sealedState)?.toString()
    const packed = sealedAnswer && this.#sealing.unseal(`${listName} ${requestName}`, sealedAnswer)
    return { generation: { id, state: state ?? null }, answer: packed ? this.#unpack(packed) : null }
  }

  async put({ list, request, before, state, answer }: Observation): Promise<void> {
    const listName = this.#sealing.nameOf(list)
    const requestName = this.#sealing.nameOf(request)
    const ttlMs = answer === null || answer.size > MAX_ANSWER_SIZE ? 0 : Math.floor(answer.expiresAt - this.#now())
    const packed = answer === null || ttlMs <= 0 ? null : pack(answer)
    await this.#run(PUT, listName, [
      requestName,
      before ?? '',
      this.#sealing.nameOf(`${list} ${state}`),
      this.#sealing.seal(listName, state),
      newId(),
      packed === null ? '' : this.#sealing.seal(`${listName} ${requestName}`, packed),
      String(ttlMs),
      String(MIN_GENERATION_MS),
    ])
  }

  async drop(list: string): Promise<void> {
    await this.#run(DROP, this.#sealing.nameOf(list), [newId(), String(MIN_GENERATION_MS)])
  }

  /** Redis knows its memory itself. */
  statistics(): StoreStatistics {
    return {}
  }

  /** The connection is closed by whoever has created it. */
  async close(): Promise<void> {}

  #unpack(packed: Buffer): KeptAnswer | null {
    const [head, json] = parseJson(zstdDecompressSync(packed).toString()) as [AnswerHead, unknown]
    return this.#now() < head.expiresAt ? { ...head, json } : null
  }

  /** Runs a script over the keys of a list. Returns null when Redis does not answer. */
  async #run<Reply>(script: string, listName: string, args: string[]): Promise<Reply | null> {
    // The braces keep the keys of a list on one node of a cluster.
    const keys = [this.#connection.key(`cache:{${listName}}`)]
    const answer = await this.#connection.send((commands) => commands.eval(script, { keys, arguments: args }))
    return answer && (answer.reply as Reply)
  }
}

/** Never used twice. */
const newId = () => randomBytes(12).toString('base64url')

/** Rows of a ledger become six times smaller. The lowest level takes the least time. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Numbers keep their digits: `JSON.stringify` writes raw literals as they were read. */
const pack = ({ json, ...head }: KeptAnswer) =>
  zstdCompressSync(JSON.stringify([head satisfies AnswerHead, json]), COMPRESSION)
