import { answerMessages } from '../process/child.ts'
import { findWorkload } from '../workloads/index.ts'
import { prepareRequests, type Target } from './prepare.ts'
import { type LoadResult, Rotation, runLoad } from './run.ts'

/** Requests of one workload to one server. */
export interface Pairing {
  readonly workload: string
  readonly target: Target
}

export interface Preparation extends Pairing {
  readonly variants: number
}

export interface Round extends Pairing {
  readonly seconds: number
  readonly maxOperations: number
}

const rotations = new Map<string, Rotation>()
const keyOf = ({ workload, target }: Pairing) => `${workload} ${target.name}`

answerMessages({
  async prepare(argument: unknown): Promise<void> {
    const preparation = argument as Preparation
    const workload = findWorkload(preparation.workload)
    const requests = await prepareRequests(workload, preparation.target, preparation.variants)
    rotations.set(keyOf(preparation), new Rotation(requests))
  },
  async run(argument: unknown): Promise<LoadResult> {
    const { seconds, maxOperations, ...pairing } = argument as Round
    const rotation = rotations.get(keyOf(pairing))
    if (!rotation) throw new Error(`${keyOf(pairing)} was not prepared`)
    const { clients } = findWorkload(pairing.workload)
    return runLoad(rotation, { origin: pairing.target.origin, clients, seconds, maxOperations })
  },
})
// The benchmark ends this process, which has no server that would keep it running.
process.channel?.ref()
