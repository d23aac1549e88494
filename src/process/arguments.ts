/** What the process should do. */
export type Mode = 'run' | 'check' | 'help'

/** The arguments, each with its meaning. */
const MEANINGS = {
  '--check': 'reads the configuration, reaches each provider once, and reports what works; starts nothing',
  '--help': 'prints this text',
}

/** The text of `--help`. */
export const USAGE = [
  'npm start            starts the gateway; its configuration is in environment variables, see docs/configuration.md',
  ...Object.entries(MEANINGS).map(([argument, meaning]) => `npm start -- ${argument.padEnd(7)} ${meaning}`),
  '',
  'Exit status of --check: 0 all works, 1 something cannot be reached or rejects its credentials, 2 the configuration is invalid.',
].join('\n')

/**
 * Parses the arguments of the process.
 * @throws {TypeError} with a text for the operator when there is an unknown one
 */
export function parseMode(args: readonly string[]): Mode {
  const unknown = args.filter((argument) => !Object.hasOwn(MEANINGS, argument))
  if (unknown.length > 0) {
    throw new TypeError(
      `Unknown argument ${JSON.stringify(unknown[0])}. There are ${Object.keys(MEANINGS).join(' and ')}.`,
    )
  }
  if (args.includes('--help')) return 'help'
  return args.includes('--check') ? 'check' : 'run'
}
