import { existsSync } from 'node:fs'
import type { Environment } from '../config.ts'

/** Returns the environment of the process with the variables of `.env` in the working folder, which do not replace others. */
export function loadEnvironment(): Environment {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return process.env
}
