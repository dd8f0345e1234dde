export type Properties = Readonly<Record<string, string | number | boolean>>

/** The text of a Java properties file. A backslash begins an escape there, so it is doubled. */
export function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
}
