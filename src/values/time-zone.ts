import type { Instant } from './instant.ts'

const SECOND_NS = 1_000_000_000n
const DAY_SECONDS = 86_400
/** The longest IANA name has 32 characters. */
const MAX_NAME = 64
/** The offset as `Intl` writes it, with seconds where local mean time had some. */
const OFFSET = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/

/** The offsets of one UTC day, in seconds. */
interface DayOffsets {
  readonly before: number
  /** Second since 1970 from which `after` applies. */
  readonly changeAt: number
  readonly after: number
}

/** Formats by the name that `Intl` gives a zone, of which there are about 600. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** Returns the format that writes a zone's offsets; null when there is no such zone. */
function formatOf(name: string): Intl.DateTimeFormat | null {
  // Without the check, `Intl` would accept fixed offsets such as +05:30.
  if (name.length > MAX_NAME || !/^[A-Za-z]/.test(name)) return null
  try {
    const created = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    const { timeZone } = created.resolvedOptions()
    const format = formats.get(timeZone) ?? created
    formats.set(timeZone, format)
    return format
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Returns a zone's offset at a second since 1970. */
function readOffset(format: Intl.DateTimeFormat, second: number): number {
  const text = format.formatToParts(second * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const match = OFFSET.exec(text)
  if (!match) throw new Error(`Not the offset of a time zone: ${text}`)
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return sign === '-' ? -offset : offset
}

/** Days in one time zone. Offsets are read once for each UTC day that holds an instant, and not for each instant. */
export class TimeZone {
  /** True when its days are UTC days. */
  readonly isUtc: boolean
  readonly #format: Intl.DateTimeFormat
  /** By number of the UTC day since 1970. */
  readonly #offsets = new Map<number, DayOffsets>()
  /** `YYYY-MM-DD` by number of the local day since 1970. */
  readonly #days = new Map<number, string>()

  constructor(format: Intl.DateTimeFormat) {
    this.#format = format
    this.isUtc = format.resolvedOptions().timeZone === 'UTC'
  }

  /** Returns the calendar day of an instant, as `YYYY-MM-DD`. */
  dayOf(instant: Instant): string {
    const rest = instant % SECOND_NS
    const second = Number((instant - rest) / SECOND_NS) - (rest < 0n ? 1 : 0)
    const day = Math.floor((second + this.#offsetAt(second)) / DAY_SECONDS)
    let text = this.#days.get(day)
    if (text === undefined) {
      text = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, -'T00:00:00.000Z'.length)
      this.#days.set(day, text)
    }
    return text
  }

  #offsetAt(second: number): number {
    if (this.isUtc) return 0
    const day = Math.floor(second / DAY_SECONDS)
    let offsets = this.#offsets.get(day)
    if (!offsets) {
      offsets = this.#readOffsets(day)
      this.#offsets.set(day, offsets)
    }
    return second < offsets.changeAt ? offsets.before : offsets.after
  }

  /** Reads the offsets of a UTC day. No zone changes twice on one day. */
  #readOffsets(day: number): DayOffsets {
    let start = day * DAY_SECONDS
    let changeAt = start + DAY_SECONDS
    const before = readOffset(this.#format, start)
    const after = readOffset(this.#format, changeAt)
    if (before === after) return { before, changeAt: start, after }
    while (changeAt - start > 1) {
      const middle = Math.floor((start + changeAt) / 2)
      if (readOffset(this.#format, middle) === before) start = middle
      else changeAt = middle
    }
    return { before, changeAt, after }
  }
}

/** Returns the zone with an IANA name; null when there is none. */
export function findTimeZone(name: string): TimeZone | null {
  const format = formatOf(name)
  return format && new TimeZone(format)
}
