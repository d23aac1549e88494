// Runs before start and test on any version of Node, so it uses only old syntax.
var major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    'transactions-gateway needs Node 24 or newer and found ' +
      process.version +
      '; on Linux (x64, arm64) "npm ci" installs it, unless it runs with --omit=optional; on other systems install Node 24.',
  )
  process.exit(1)
}
