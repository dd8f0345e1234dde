import { Settings } from '../../lib/settings.ts'

/** Returns the names of the settings that `read` reads. */
export function settingsRead(read: () => void): readonly string[] {
  const names = new Set<string>()
  const { text } = Settings.prototype
  Settings.prototype.text = function (name: string) {
    names.add(name)
    return text.call(this, name)
  }
  try {
    read()
  } finally {
    Settings.prototype.text = text
  }
  return [...names]
}
