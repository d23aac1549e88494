import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DockerfileParser, type Flag, type Instruction, type Property } from 'dockerfile-ast'

/** One instruction of a Dockerfile. */
export interface Step {
  /** In capitals. */
  readonly keyword: string
  /** The arguments as they are written, without flags. */
  readonly text: string
  /** The words of the text. */
  readonly words: readonly string[]
  /** The values of `--name=value`, by name. */
  readonly flags: ReadonlyMap<string, string>
  /** The values of `NAME=value`, by name. */
  readonly properties: ReadonlyMap<string, string>
}

/** The instructions from one FROM to the next. */
export interface Stage {
  readonly image: string
  /** After AS; null without. */
  readonly name: string | null
  readonly steps: readonly Step[]
}

/** What instructions of some kinds have in addition. */
interface Extras {
  getFlags?(): readonly Flag[]
  getProperties?(): readonly Property[]
}

function stepOf(instruction: Instruction): Step {
  const { getFlags, getProperties } = instruction as Instruction & Extras
  const flags = getFlags?.call(instruction) ?? []
  const properties = getProperties?.call(instruction) ?? []
  return {
    keyword: instruction.getKeyword(),
    text: instruction.getArgumentsContent() ?? '',
    words: instruction.getArguments().map((argument) => argument.getValue()),
    flags: new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    properties: new Map(properties.map((property) => [property.getName(), property.getValue() ?? ''])),
  }
}

/** Parses a Dockerfile without instructions before its first FROM. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { image: string; name: string | null; steps: Step[] }[] = []
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = stepOf(instruction)
    if (step.keyword === 'FROM') {
      const [image = '', , name = null] = step.words
      stages.push({ image, name, steps: [] })
    } else stages.at(-1)!.steps.push(step)
  }
  return stages
}

/** The last step of a kind; throws when there is none. */
export function lastStep({ steps }: Stage, keyword: string): Step {
  const step = steps.findLast((other) => other.keyword === keyword)
  if (step === undefined) throw new Error(`There is no ${keyword}.`)
  return step
}

/** Returns the words of a command in exec form; throws for one in shell form, which would start a shell in between. */
export function execForm(text: string): string[] {
  const command: unknown = JSON.parse(text)
  if (!Array.isArray(command) || !command.every((word) => typeof word === 'string')) throw new Error('not in exec form')
  return command
}

/** Returns true when `.dockerignore` leaves a file at the top of the context. The last pattern that matches decides. */
export function isInContext(patterns: readonly string[], name: string): boolean {
  return patterns.reduce((isIn, pattern) => {
    const isException = pattern.startsWith('!')
    const matched = isException ? pattern.slice(1) : pattern
    return matched === '*' || matched === name ? isException : isIn
  }, true)
}

/** A folder in place of an image: the commands of a Dockerfile run here, without a container around them. */
export interface BuiltStage {
  /** What the instructions name `/app`. */
  readonly folder: string
  readonly environment: Record<string, string>
}

/** Replaces the path in the image by that of the folder. */
const locate = (text: string, folder: string) => text.replaceAll('/app', folder)

export interface BuildOptions {
  /** The top of the context. */
  readonly context: string
  /** The patterns of `.dockerignore`. */
  readonly ignore: readonly string[]
  /** Folder for the stages. */
  readonly folder: string
  /** In place of the images' own: the version of Node comes from PATH. */
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Runs the steps of all stages that make files: COPY, ENV and RUN, with `/app` as the only folder. Returns the last stage.
 * @throws {Error} when a command fails, or a file is not in the context
 */
export function buildStages(stages: readonly Stage[], options: BuildOptions): BuiltStage {
  // As in containers, every stage has the same path, which compiled modules depend on.
  const folder = join(options.folder, 'app')
  /** The folders of earlier stages, by name. */
  const earlier = new Map<string, string>()
  let environment: Record<string, string> = {}
  for (const [index, stage] of stages.entries()) {
    environment = {}
    mkdirSync(folder)
    for (const step of stage.steps) runStep(step, { folder, environment }, earlier, options)
    if (index === stages.length - 1) break
    const moved = join(options.folder, `stage-${index}`)
    renameSync(folder, moved)
    if (stage.name !== null) earlier.set(stage.name, moved)
  }
  return { folder, environment }
}

function runStep(step: Step, stage: BuiltStage, earlier: ReadonlyMap<string, string>, options: BuildOptions): void {
  switch (step.keyword) {
    case 'WORKDIR':
      if (step.text !== '/app') throw new Error('The only folder that is known here is /app.')
      break
    case 'ENV':
      for (const [name, value] of step.properties) stage.environment[name] = locate(value, stage.folder)
      break
    case 'COPY':
      copy(step, stage, earlier, options)
      break
    case 'RUN':
      run(locate(step.text, stage.folder), stage, options)
      break
  }
}

function copy(
  { words, flags }: Step,
  stage: BuiltStage,
  earlier: ReadonlyMap<string, string>,
  { context, ignore }: BuildOptions,
): void {
  const target = join(stage.folder, words.at(-1)!)
  const from = flags.get('from')
  for (const source of words.slice(0, -1)) {
    if (from !== undefined) {
      cpSync(locate(source, earlier.get(from)!), target, { recursive: true })
      continue
    }
    const path = join(context, source)
    if (!isInContext(ignore, source) || !existsSync(path)) throw new Error(`${source} is not in the context.`)
    cpSync(path, words.at(-1)!.endsWith('/') ? join(target, basename(source)) : target, { recursive: true })
  }
}

function run(command: string, stage: BuiltStage, { environment }: BuildOptions): void {
  const env = { ...environment, ...stage.environment }
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: stage.folder, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`)
}

/** Reads the patterns of `.dockerignore`. */
export const readPatterns = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

/** The environment in which `node` is the one that runs this test. */
export const withThisNode = (environment: NodeJS.ProcessEnv): Record<string, string> => ({
  ...(Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >),
  PATH: `${dirname(process.execPath)}:${environment.PATH}`,
})
