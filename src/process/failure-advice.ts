import { UpstreamAuthError, UpstreamError } from '../errors.ts'
import { traceOf } from '../graphql/error-masking.ts'
import { causeOf } from '../upstream/cause.ts'

/** The variables that a failure may be caused by. */
export interface Variables {
  /** Those that hold addresses. */
  readonly urls: readonly string[]
  readonly credentials: readonly string[]
}

interface Advice {
  /** Matches a cause: a status, a code of the network, or the code of an error. */
  readonly causes: RegExp
  readonly problem: string
  readonly remedy: (variables: Variables) => string
}

const namesOf = (names: readonly string[]) => names.join(names.length === 2 ? ' and ' : ', ')
const checkUrls =
  (what: string) =>
  ({ urls }: Variables) =>
    `Check ${what} in ${namesOf(urls)}.`

/** What an operator should know of each kind of failure; the first match counts. */
const ADVICE: readonly Advice[] = [
  {
    causes: /^UPSTREAM_AUTH$/,
    problem: 'the credentials are rejected',
    remedy: ({ credentials }) => `Check ${namesOf(credentials)}.`,
  },
  { causes: /^404$/, problem: 'the host has no such path', remedy: checkUrls('the path') },
  { causes: /^3\d\d$/, problem: 'the host redirects, which is not followed', remedy: checkUrls('the address') },
  { causes: /^429$/, problem: 'the provider asks for fewer requests', remedy: () => 'Try again later.' },
  { causes: /^5\d\d$/, problem: 'the provider fails', remedy: () => 'Try again later, or ask the provider.' },
  { causes: /^ENOTFOUND$/, problem: 'the host name does not exist', remedy: checkUrls('the host') },
  {
    causes: /^EAI_AGAIN$/,
    problem: 'the host name cannot be resolved',
    remedy: () => 'Check the name servers of this machine.',
  },
  {
    causes: /^ECONNREFUSED$/,
    problem: 'the host accepts no connections on this port',
    remedy: checkUrls('host and port'),
  },
  {
    causes: /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/,
    problem: 'its certificate is self-signed, or issued by an authority that is not trusted here',
    remedy: () =>
      'Set NODE_EXTRA_CA_CERTS, in the environment and not in .env, to a file with the certificate of the authority.',
  },
  {
    causes: /^CERT_/,
    problem: 'its certificate is not valid at this time',
    remedy: () => 'Check the clock of this machine, or ask the provider.',
  },
  {
    causes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    problem: 'its certificate is for another host',
    remedy: checkUrls('the host'),
  },
  { causes: /^(?:EPROTO|ERR_SSL_\w+)$/, problem: 'TLS fails', remedy: checkUrls('scheme and port') },
  {
    causes: /^PROXY_/,
    problem: 'the proxy makes no connection',
    remedy: () => 'Check HTTPS_PROXY, its credentials, and NO_PROXY.',
  },
  {
    causes: /^(?:UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    problem: 'no connection is made',
    remedy: () => 'Check firewalls, and whether this network needs HTTPS_PROXY.',
  },
  {
    causes: /^UPSTREAM_TIMEOUT$/,
    problem: 'no answer arrives within UPSTREAM_TIMEOUT_MS',
    remedy: () => 'Check firewalls, and whether this network needs HTTPS_PROXY; or try again later.',
  },
  {
    causes: /^UPSTREAM_INVALID_RESPONSE$/,
    problem: 'the answer is not one of this provider',
    remedy: checkUrls('the address'),
  },
]

const UNKNOWN = { problem: 'the request fails', remedy: checkUrls('the address') }

/** Describes in plain words why a provider cannot be used, and what to do. The text holds no address and no credential. */
export function describeFailure(error: unknown, variables: Variables): string {
  if (!(error instanceof UpstreamError)) return `an unexpected error of the gateway: ${traceOf(error).name}.`
  const cause = causeOf(error)
  // A rejection of the credentials has several statuses.
  const kind = error instanceof UpstreamAuthError ? error.code : cause
  const { problem, remedy } = ADVICE.find(({ causes }) => causes.test(kind)) ?? UNKNOWN
  return `${problem} (${error.operation}: ${cause}). ${remedy(variables)}`
}
