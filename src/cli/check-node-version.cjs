// Runs before start and test on whatever Node there is, so it is written for an old one.
var major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    'transactions-gateway needs Node 24 or newer and found ' +
      process.version +
      '; on Linux (x64, arm64) "npm ci" brings one along, unless it runs with --omit=optional; elsewhere install Node 24.',
  )
  process.exit(1)
}
