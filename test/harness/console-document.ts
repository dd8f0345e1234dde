/**
 * Reads the commands of a document and their outputs. A block ```console has commands after `$ `, each followed by its
 * output. A block ```python whose first line is `# NAME.py` is that file. In an output, `…` matches any text within a line,
 * and alone on a line any lines.
 */
type Shown = { readonly command: string; readonly output: string }

export type ConsoleDocument = {
  readonly files: ReadonlyMap<string, string>
  readonly commands: readonly Shown[]
}

export function readConsoleDocument(markdown: string): ConsoleDocument {
  const blocks = [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
  const files = new Map<string, string>()
  const commands: Shown[] = []
  for (const [, language, content = ''] of blocks) {
    const file = /^# (\w+\.py)\n/.exec(content)?.[1]
    if (language === 'python' && file !== undefined) files.set(file, content)
    if (language !== 'console') continue
    for (const part of content.split(/^\$ /m).slice(1)) {
      const [command = '', ...output] = part.split('\n')
      commands.push({ command, output: output.join('\n') })
    }
  }
  return { files, commands }
}

/** Returns the document with other outputs, in the order of the commands. */
export function withOutputs(markdown: string, outputs: readonly string[]): string {
  const remaining = [...outputs]
  return markdown.replaceAll(/^```console\n(.*?)^```$/gms, (_, content: string) => {
    const parts = content.split(/^\$ /m).slice(1)
    const shown = parts.map((part) => `$ ${part.split('\n')[0]}\n${remaining.shift()}`)
    return `\`\`\`console\n${shown.join('')}\`\`\``
  })
}

/** Whether the output matches the one in the document. */
export function isAsShown(output: string, shown: string): boolean {
  const pattern = shown
    .split(/(?<=\n)/)
    .map((line) => (line === '…\n' ? '(?:.*\\n)*?' : line.split('…').map(literal).join('.*')))
    .join('')
  return new RegExp(`^${pattern}$`).test(output)
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
