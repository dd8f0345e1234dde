import { execFileSync, spawnSync } from 'node:child_process'

/** Why a test that needs Python cannot run, for `{ skip }`; false when it can. CI allows no skips. */
export const withoutPython =
  spawnSync('python3', ['--version']).status === 0
    ? false
    : 'python3 is not installed (Debian: apt-get install python3)'

const program = `
import base64, gzip, json, sys
def lines(path):
    opened = gzip.open(path, 'rt', encoding='latin-1', newline=None) if path.endswith('.gz') else \\
        open(path, encoding='latin-1', newline=None)
    with opened as text:
        return [base64.b64encode(line.removesuffix('\\n').encode('latin-1')).decode() for line in text]
print(json.dumps([lines(path) for path in sys.argv[1:]]))
`

/** The lines of files as Python's text mode reads them, each as base64 of its bytes. Files named `.gz` are decompressed. */
export function pythonLines(paths: readonly string[]): string[][] {
  return JSON.parse(String(execFileSync('python3', ['-c', program, ...paths], { maxBuffer: 1 << 30 })))
}
