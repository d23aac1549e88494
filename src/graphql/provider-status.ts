import type { GatewayBuilder } from './builder.ts'
import type { SharedTypes } from './shared-types.ts'
import { listSize } from './weight.ts'

/** A provider that the gateway is built with. */
interface ProviderStatus {
  /** The provider's enum value. */
  readonly provider: string
  readonly configured: boolean
}

/**
 * Adds `Query.providers`, which reads nothing from a provider.
 *
 * @param names the enum values of the registered providers
 */
export function defineProviders(
  builder: GatewayBuilder,
  { Provider }: Pick<SharedTypes, 'Provider'>,
  names: readonly string[],
): void {
  const Status = builder.objectRef<ProviderStatus>('ProviderStatus').implement({
    description: 'Provider that the gateway is built with.',
    fields: (t) => ({
      provider: t.field({ type: Provider, description: 'The provider.', resolve: ({ provider }) => provider }),
      configured: t.exposeBoolean('configured', {
        description:
          'True when the gateway has credentials for the provider; otherwise its fields fail with PROVIDER_NOT_CONFIGURED. Does not show whether the provider answers.',
      }),
    }),
  })
  builder.queryField('providers', (t) =>
    t.field({
      type: [Status],
      description: 'Providers of which the caller may read data, configured or not. Costs no upstream request.',
      extensions: listSize(names.length),
      resolve: (_, __, { isConfigured, mayReadSome }) =>
        names.filter(mayReadSome).map((provider) => ({ provider, configured: isConfigured(provider) })),
    }),
  )
}
