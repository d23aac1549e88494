import { z } from 'zod'
import { hostAlone, isLoopback } from '../upstream/host.ts'
import type { CorsOrigins } from './settings.ts'

function numberWithin(from: number, to: number) {
  const expected = `expected a whole number from ${from} to ${to}`
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: expected })
    .transform(Number)
    .refine((value) => value >= from && value <= to, { error: expected })
}

/** Accepts a whole number within a range. The fallback is used when the variable is unset. */
export const wholeNumber = (from: number, to: number, fallback: number) =>
  numberWithin(from, to)
    .default(fallback)
    .meta({ values: `${from} to ${to}` })

/** Accepts a whole number within a range, or nothing. */
export const optionalWholeNumber = (from: number, to: number) =>
  numberWithin(from, to)
    .optional()
    .meta({ values: `${from} to ${to}` })

/** Whoever controls the answer of this URL can sign tokens for any caller, so it must be authenticated by TLS. */
export const keySetUrl = z
  .string()
  .refine(
    (text) => {
      const url = URL.parse(text)
      if (url === null || url.username + url.password + url.hash !== '') return false
      return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
    },
    { error: 'expected an https URL (http only on this machine) without credentials and fragment' },
  )
  .optional()
  .meta({ values: '`https` URL; `http` on loopback' })

/** The URL of Redis. Its password must not appear in an issue. */
export const redisUrl = z
  .string()
  .refine(
    (text) => {
      const url = URL.parse(text)
      return (
        url !== null &&
        /^rediss?:$/.test(url.protocol) &&
        url.hostname !== '' &&
        /^(\/\d*)?$/.test(url.pathname) &&
        url.search + url.hash === ''
      )
    },
    { error: 'expected a URL such as rediss://user:password@redis.example.com:6379/0' },
  )
  .optional()
  .meta({ values: '`redis` URL, or `rediss` for TLS' })

/** Maximum number of names in ALLOWED_HOSTS. */
export const MAX_HOSTS = 100

export const allowedHosts = z
  .string()
  .transform((text, context): readonly string[] => {
    const names = text.split(',').map((name) => hostAlone(name.trim()))
    if (names.length <= MAX_HOSTS && names.every((name) => name !== null)) return names
    context.addIssue({
      code: 'custom',
      message: `expected at most ${MAX_HOSTS} host names or addresses such as gateway.example.com, without ports and with commas between them`,
    })
    return z.NEVER
  })
  .default([])

const ANY_ORIGIN = '*'

/** Returns true for an origin as browsers send it: scheme, host and port. */
export const isOrigin = (text: string) => /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text

export const corsOrigins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine((origins) => origins.every((origin) => isOrigin(origin) || (origin === ANY_ORIGIN && origins.length === 1)), {
    error: 'expected origins such as https://app.example.com, without a path and with commas between them, or * alone',
  })
  .transform((origins): CorsOrigins => (origins[0] === ANY_ORIGIN ? ANY_ORIGIN : origins))
  .default([])

/** Names of providers, each alone or with the way in which its sandbox fails. */
export const sandboxFailures = z
  .string()
  .transform((text): ReadonlyMap<string, string> => {
    const items = text.split(',').map((item) => item.trim().split(':', 2))
    return new Map(items.map(([name = '', failure = '']) => [name, failure]))
  })
  .default(new Map())

/** Names of environment variables, separated by commas. */
export const variableNames = z
  .string()
  .transform((text): readonly string[] => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => /^\w+$/.test(name)), {
    error: 'expected names of variables, with commas between them',
  })
  .default([])

/** Names of providers, separated by commas. Whether they exist is checked where providers are known. */
export const providerNames = z
  .string()
  .transform((text): readonly string[] => text.split(',').map((name) => name.trim()))
  .optional()
