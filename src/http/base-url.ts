import { z } from 'zod'

/** Where a provider is: an absolute http(s) URL, without what would get lost or leak when paths are put behind it. */
export const baseUrl = z
  .string({ error: 'expected an http or https URL' })
  .transform((text, context) => {
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol) || /[?#]/.test(text) || url.username + url.password !== '') {
      context.addIssue({
        code: 'custom',
        message: 'expected an http or https URL without credentials, query and fragment',
      })
      return z.NEVER
    }
    return url.href.replace(/\/+$/, '')
  })
  .meta({ values: '`https` or `http` URL' })
