const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/

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

/** Returns the UTC day that is `days` after the given one; before it when `days` is negative. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Returns an instant as RFC 3339 in UTC, truncated to milliseconds. */
export function instantText(instant: Instant): string {
  return new Date(Number(instant / 1_000_000n)).toISOString()
}
