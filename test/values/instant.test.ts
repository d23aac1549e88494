import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, parseDay, parseInstant, startOfDay } from '../../src/values/instant.ts'

describe('parseInstant()', () => {
  it.each([
    ['UTC', '2026-05-07T01:38:06Z', '2026-05-07T01:38:06Z'],
    ['small letters', '2026-05-07t01:38:06z', '2026-05-07T01:38:06Z'],
    ['a blank between date and time', '2026-05-07 01:38:06Z', '2026-05-07T01:38:06Z'],
    ['an offset to the east', '2026-05-07T01:38:06+05:30', '2026-05-06T20:08:06Z'],
    ['an offset to the west', '2026-12-31T23:38:06-02:00', '2027-01-01T01:38:06Z'],
    ['the offset of an unknown place', '2026-05-07T01:38:06-00:00', '2026-05-07T01:38:06Z'],
    ['all digits of the second', '2026-05-07T01:38:06.123456789012Z', '2026-05-07T01:38:06.123456789012Z'],
    ['zeros at the end of the second', '2026-05-07T01:38:06.500Z', '2026-05-07T01:38:06.500Z'],
    ['a leap day', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
    ['a leap second elsewhere', '2017-01-01T05:29:60+05:30', '2017-01-01T00:00:00Z'],
    ['the first year', '0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'],
    ['the last second', '9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  ])('reads %s', (_, text, utc) => {
    expect(parseInstant(text)?.text).toBe(utc)
  })

  it.each([
    ['no text', ''],
    ['no zone', '2026-05-07T01:38:06'],
    ['no time', '2026-05-07'],
    ['no seconds', '2026-05-07T01:38Z'],
    ['an empty fraction', '2026-05-07T01:38:06.Z'],
    ['something around it', ' 2026-05-07T01:38:06Z'],
    ['another line after it', '2026-05-07T01:38:06Z\n'],
    ['a day that is not in the month', '2026-02-29T00:00:00Z'],
    ['a day zero', '2026-05-00T00:00:00Z'],
    ['a month zero', '2026-00-07T00:00:00Z'],
    ['a month thirteen', '2026-13-07T00:00:00Z'],
    ['an hour 24', '2026-05-07T24:00:00Z'],
    ['an hour 24 at the end of a month', '2026-05-31T24:00:00Z'],
    ['a minute 60', '2026-05-07T01:60:00Z'],
    ['a second 61', '2026-05-07T01:38:61Z'],
    ['a zone without a colon', '2026-05-07T01:38:06+0530'],
    ['a year with five digits', '12026-05-07T01:38:06Z'],
    ['a time before the first year', '0000-01-01T00:00:00+01:00'],
    ['a time after the last year', '9999-12-31T23:59:59-01:00'],
    ['a number', '1778117886'],
  ])('refuses %s', (_, text) => {
    expect(parseInstant(text)).toBeNull()
  })

  it('counts nanoseconds, and ignores further digits', () => {
    expect(
      ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000000001999Z', '1969-12-31T23:59:59.9Z'].map(
        (text) => parseInstant(text)?.instant,
      ),
    ).toEqual([0n, 1n, -100_000_000n])
  })

  it('agrees with Date on the first and the last day of every month of every year', () => {
    const text = (date: Date) => date.toISOString().replace('.000Z', 'Z')
    const wrong: string[] = []
    for (const month = new Date('0000-01-01T00:00:00Z'); month.getUTCFullYear() < 10_000; ) {
      const first = new Date(month)
      month.setUTCMonth(month.getUTCMonth() + 1)
      for (const date of [first, new Date(month.getTime() - 1000)]) {
        if (parseInstant(text(date))?.instant !== BigInt(date.getTime()) * 1_000_000n) wrong.push(text(date))
      }
    }
    expect(wrong).toEqual([])
  })

  it('agrees with Date on every instant that has milliseconds', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
        fc.integer({ min: -1439, max: 1439 }),
        (date, offset) => {
          const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1)
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
          const zone = [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':')
          expect(parseInstant(`${local}${offset < 0 ? '-' : '+'}${zone}`)).toEqual({
            instant: BigInt(date.getTime()) * 1_000_000n,
            text: date.toISOString(),
          })
        },
      ),
    )
  })
})

/** Generates date-times in the usual form and texts near it: some with other digits, or with another character somewhere. */
const nearUsual = fc
  .tuple(
    fc.constantFrom('0000', '0050', '0099', '0100', '1900', '1969', '1970', '2000', '2023', '2024', '9999'),
    fc.nat(14),
    fc.nat(33),
    fc.nat(25),
    fc.nat(61),
    fc.nat(62),
    fc.constantFrom('', '.', '.0', '.5', '.000001', '.123456789', '.12345678901234', '.999999999', '.-1', '.5.'),
    fc.option(
      fc.tuple(fc.nat(32), fc.constantFrom('', '0', '9', '.', '-', '+', ':', 'Z', 'T', ' ', '/', '\n', '٣', 'é')),
    ),
  )
  .map(([year, month, day, hour, minute, second, fraction, change]) => {
    const two = (part: number) => String(part).padStart(2, '0')
    const text = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${fraction}Z`
    return change === null ? text : text.slice(0, change[0]) + change[1] + text.slice(change[0] + 1)
  })

describe('parseInstant() near the usual form', () => {
  it('returns what it does with small letters and with a written offset', () => {
    fc.assert(
      fc.property(nearUsual, (text) => {
        const parsed = parseInstant(text)
        // Only dates and times have these letters at these places.
        if (/^.{10}T[^TZ]*Z$/.test(text)) {
          expect(parseInstant(text.replace('T', 't').replace('Z', 'z'))).toEqual(parsed)
          expect(parseInstant(text.replace('Z', '+00:00'))).toEqual(parsed)
          expect(parsed === null || parsed.text === text || text.includes(':60')).toBe(true)
        }
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('parseDay()', () => {
  it.each(['2026-05-07', '2024-02-29', '0000-01-01', '9999-12-31'])('reads %s', (day) => {
    expect(parseDay(day)).toBe(day)
  })

  it.each([
    '',
    '2026-02-29',
    '2026-5-7',
    '2026-05-07T00:00:00Z',
    '2026-05-32',
    '2026-00-01',
    ' 2026-05-07',
    '20260507',
  ])('refuses "%s"', (text) => {
    expect(parseDay(text)).toBeNull()
  })
})

describe('startOfDay()', () => {
  it('is midnight in UTC', () => {
    expect(startOfDay('2026-05-07')).toBe(parseInstant('2026-05-07T00:00:00Z')?.instant)
  })
})

describe('addDays()', () => {
  it.each([
    ['2026-05-07', 0, '2026-05-07'],
    ['2026-05-31', 1, '2026-06-01'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2024-02-28', 1, '2024-02-29'],
    ['2026-05-07', 365, '2027-05-07'],
  ])('goes from %s by %i to %s', (day, days, other) => {
    expect(addDays(day, days)).toBe(other)
  })
})
