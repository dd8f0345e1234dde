import { spawnSync } from 'node:child_process'

export const withoutMaven =
  spawnSync('mvn', ['-version']).status === 0
    ? false
    : 'Maven is not installed (Debian: apt-get install maven)'
