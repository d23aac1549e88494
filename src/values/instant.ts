const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
const ZERO = 0x30
/** From 0000-03-01 to 1970-01-01. */
const DAYS_BEFORE_EPOCH = 719_468

/** Nanoseconds since 1970-01-01T00:00:00Z. Orders entries; fraction digits beyond the ninth are ignored. */
export type Instant = bigint

/** An instant as an ordered number, and as text in UTC with the fraction digits that were given. */
export interface ParsedInstant {
  instant: Instant
  /** RFC 3339 with `Z`. */
  text: string
}

const pad = (value: number, width = 2) => String(value).padStart(width, '0')

/** Parses an RFC 3339 date-time with any offset, which is converted to UTC. Returns null when the text is not one. */
export function parseInstant(text: string): ParsedInstant | null {
  return parseUtc(text) ?? parseAnyInstant(text)
}

/** Parses a date-time in the usual form, which is its own result. Returns null for every other text, valid or not. */
function parseUtc(text: string): ParsedInstant | null {
  if (text.length < 20 || text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return null
  if (text[13] !== ':' || text[16] !== ':' || text[text.length - 1] !== 'Z') return null
  const fraction = fractionNs(text)
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const isUsual = fraction >= 0 && year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31
  if (!isUsual || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return null
  if (day > 28 && day > daysOf(year, month)) return null
  const seconds = (daysSinceEpoch(year, month, day) * 24 + hour) * 3600 + minute * 60 + second
  return { instant: BigInt(seconds) * 1_000_000_000n + BigInt(fraction), text }
}

/** Returns the number that the digits from `start` to `end` make; -1 when another character is among them. */
function digits(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}

/** Returns the nanoseconds behind the second's point; -1 when there is anything but digits. */
function fractionNs(text: string): number {
  const end = text.length - 1
  if (end === 19) return 0
  if (text[19] !== '.' || end === 20) return -1
  let ns = 0
  for (let at = 20; at < Math.max(end, 29); at++) {
    const digit = at < end ? text.charCodeAt(at) - ZERO : 0
    if (digit < 0 || digit > 9) return -1
    if (at < 29) ns = ns * 10 + digit
  }
  return ns
}

/** Returns the days from 1970-01-01 to a date of the Gregorian calendar. It takes less time than `Date.UTC`. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  // Years begin in March, so that the day of the leap year is the last one.
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = month > 2 ? month - 3 : month + 9
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1
  return marchYear * 365 + leapDays + dayOfYear - DAYS_BEFORE_EPOCH
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** Parses a date-time in any form of RFC 3339. */
function parseAnyInstant(text: string): ParsedInstant | null {
  const match = RFC_3339.exec(text)
  if (!match) return null
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match
  const local = new Date(0)
  local.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  // RFC 3339 allows a leap second (60); it counts as the second after 59.
  local.setUTCHours(Number(hour), Number(minute), Number(second))
  const real = local.getUTCMonth() + 1 === Number(month) || (Number(hour) === 23 && Number(second) === 60)
  if (!real || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60 || Number(day) < 1) return null
  const offsetMinutes =
    zone === 'Z' || zone === 'z' ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)))
  const utcMs = local.getTime() - offsetMinutes * 60_000
  const utc = new Date(utcMs)
  if (Number.isNaN(utcMs) || utc.getUTCFullYear() < 0 || utc.getUTCFullYear() > 9999) return null
  const date = `${pad(utc.getUTCFullYear(), 4)}-${pad(utc.getUTCMonth() + 1)}-${pad(utc.getUTCDate())}`
  const time = `${pad(utc.getUTCHours())}:${pad(utc.getUTCMinutes())}:${pad(utc.getUTCSeconds())}`
  return {
    instant: BigInt(utcMs) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')),
    text: `${date}T${time}${fraction === '' ? '' : `.${fraction}`}Z`,
  }
}

/** Returns the text when it is a calendar day as `YYYY-MM-DD`; null when it is not, or there is no such day. */
export function parseDay(text: string): string | null {
  return DAY.test(text) && parseInstant(`${text}T00:00:00Z`)?.text.startsWith(text) ? text : null
}

/** Returns the first instant of a UTC day. */
export function startOfDay(day: string): Instant {
  return BigInt(Date.parse(`${day}T00:00:00Z`)) * 1_000_000n
}

const DAY_NS = 86_400_000_000_000n

/** Returns the UTC day of an instant. */
export function dayOf(instant: Instant): string {
  const rest = instant % DAY_NS
  const start = instant - (rest < 0n ? rest + DAY_NS : rest)
  return instantText(start).slice(0, -'T00:00:00.000Z'.length)
}

/** Returns the UTC day that is `days` after the given one; before it when `days` is negative. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Returns an instant as RFC 3339 in UTC, truncated to milliseconds. */
export function instantText(instant: Instant): string {
  return new Date(Number(instant / 1_000_000n)).toISOString()
}
