import { generate } from 'selfsigned'

/** A certificate with its private key; both PEM. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority that no system trusts. */
export interface Authority extends KeyedCertificate {
  /** Issues a certificate for servers with these names, which clients may show, too. */
  issue(...hosts: string[]): Promise<KeyedCertificate>
}

const OPTIONS = { keyType: 'ec', algorithm: 'sha256' } as const

const named = (name: string) => [{ name: 'commonName', value: name }]

/** Creates a certificate authority of its own for a test. */
export async function createAuthority(): Promise<Authority> {
  const root = await generate(named('Authority of a test'), {
    ...OPTIONS,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const ca = { cert: root.cert, key: root.private }
  return {
    ...ca,
    async issue(...hosts) {
      const altNames = hosts.map((value) => ({ type: 2, value }) as const)
      const issued = await generate(named(hosts[0] ?? 'nobody'), {
        ...OPTIONS,
        ca,
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          { name: 'subjectAltName', altNames },
        ],
      })
      return { cert: issued.cert, key: issued.private }
    },
  }
}

/** Creates a certificate that no authority has issued. */
export async function createSelfSigned(host: string): Promise<KeyedCertificate> {
  const created = await generate(named(host), {
    ...OPTIONS,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  })
  return { cert: created.cert, key: created.private }
}
