import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../src/values/instant.ts'
import { findTimeZone } from '../../src/values/time-zone.ts'

const instantOf = (text: string) => parseInstant(text)!.instant

const FIELDS = { calendar: 'iso8601', year: 'numeric', month: '2-digit', day: '2-digit' } as const
const calendars = new Map<string, Intl.DateTimeFormat>()

/** The day by the calendar of `Intl`, without offsets; it has no finer unit than a millisecond. */
function dayByCalendar(zone: string, instant: bigint): string {
  const ms = Number(instant >= 0n ? instant / 1_000_000n : (instant - 999_999n) / 1_000_000n)
  const calendar = calendars.get(zone) ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...FIELDS })
  calendars.set(zone, calendar)
  return calendar.format(ms)
}

/** Zones with an hour, half an hour and no hour of daylight saving, at midnight and elsewhere, and one that lost a day. */
const ZONES = [
  'UTC',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Pacific/Apia',
  'Etc/GMT+12',
]

describe('findTimeZone()', () => {
  it.each(['UTC', 'GMT', 'Etc/UTC', 'Asia/Kolkata', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires', 'Etc/GMT-14'])(
    'finds %s',
    (name) => {
      expect(findTimeZone(name)?.isUtc).toBe(/UTC|GMT$/.test(name))
    },
  )

  it.each(['', 'Sydney', 'Australia/Melbourn', '+10:00', 'UTC+10', 'Europe/', 'Europe/Berlin ', 'a'.repeat(10_000)])(
    'finds no zone called "%s"',
    (name) => {
      expect(findTimeZone(name)).toBeNull()
    },
  )
})

describe('TimeZone.dayOf()', () => {
  it.each([
    ['UTC', '2026-09-30T23:59:59.999999999Z', '2026-09-30'],
    ['UTC', '1969-12-31T23:59:59.999999999Z', '1969-12-31'],
    ['UTC', '0000-01-01T00:00:00Z', '0000-01-01'],
    ['Asia/Kolkata', '2026-09-30T18:29:59.999999999Z', '2026-09-30'],
    ['Asia/Kolkata', '2026-09-30T18:30:00Z', '2026-10-01'],
    // The fraction has 400 digits, all of them nines.
    ['Asia/Kolkata', `2026-09-30T18:29:59.${'9'.repeat(400)}Z`, '2026-09-30'],
    // Days of 23 and of 25 hours.
    ['Australia/Sydney', '2026-10-03T13:59:59Z', '2026-10-03'],
    ['Australia/Sydney', '2026-10-03T14:00:00Z', '2026-10-04'],
    ['Australia/Sydney', '2026-10-04T12:59:59Z', '2026-10-04'],
    ['Australia/Sydney', '2026-10-04T13:00:00Z', '2026-10-05'],
    ['Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25'],
    ['Europe/Berlin', '2026-10-25T22:59:59Z', '2026-10-25'],
    // The day begins at 01:00.
    ['America/Sao_Paulo', '2017-10-15T02:59:59Z', '2017-10-14'],
    ['America/Sao_Paulo', '2017-10-15T03:00:00Z', '2017-10-15'],
    // At midnight the clock goes back to 23:00 of the same day.
    ['America/Sao_Paulo', '2018-02-18T02:59:59Z', '2018-02-17'],
    ['America/Sao_Paulo', '2018-02-18T03:00:00Z', '2018-02-18'],
    // At 00:01 the clock goes back to 23:01 of the day before.
    ['America/St_Johns', '2006-10-29T02:30:59Z', '2006-10-29'],
    ['America/St_Johns', '2006-10-29T02:31:00Z', '2006-10-28'],
    ['America/St_Johns', '2006-10-29T03:30:00Z', '2006-10-29'],
    // There was no 30 December.
    ['Pacific/Apia', '2011-12-30T09:59:59.999999999Z', '2011-12-29'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31'],
    // Local mean time, with seconds.
    ['America/Sao_Paulo', '1900-01-01T03:06:27Z', '1899-12-31'],
    ['America/Sao_Paulo', '1900-01-01T03:06:28Z', '1900-01-01'],
  ])('in %s, %s is on %s', (zone, instant, day) => {
    expect(findTimeZone(zone)!.dayOf(instantOf(instant))).toBe(day)
  })

  it('equals the calendar of the zone at any instant', () => {
    const zones = new Map(ZONES.map((name) => [name, findTimeZone(name)!]))
    const nanoseconds = fc.bigInt({ min: instantOf('1900-01-01T00:00:00Z'), max: instantOf('2100-01-01T00:00:00Z') })
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), nanoseconds, (name, instant) => {
        expect(zones.get(name)!.dayOf(instant)).toBe(dayByCalendar(name, instant))
      }),
      { numRuns: 1000 },
    )
  })

  it('equals the calendar of the zone in each quarter of an hour of years with changes', () => {
    for (const [name, from, days] of [
      ['Australia/Lord_Howe', '2026-04-01', 10],
      ['Europe/Berlin', '2026-03-25', 10],
      ['America/Sao_Paulo', '2018-10-30', 10],
      ['America/St_Johns', '2007-03-05', 10],
      ['Africa/Casablanca', '2026-02-10', 50],
      ['Pacific/Apia', '2011-12-25', 10],
    ] as const) {
      const zone = findTimeZone(name)!
      const start = instantOf(`${from}T00:00:00Z`)
      for (let quarter = 0n; quarter < 96 * days; quarter++) {
        const instant = start + quarter * 900_000_000_000n
        for (const at of [instant - 1n, instant]) expect(zone.dayOf(at), name).toBe(dayByCalendar(name, at))
      }
    }
  })
})
