type Libraries = {
  readonly ajv: typeof import('ajv')
  readonly 'ajv/dist/2019.js': typeof import('ajv/dist/2019.js')
  readonly 'ajv/dist/2020.js': typeof import('ajv/dist/2020.js')
  readonly avsc: typeof import('avsc')
  readonly protobufjs: typeof import('protobufjs')
}

/** Loads a library that only services with such schemas install. @throws an error with the install command */
export async function loadLibrary<Name extends keyof Libraries>(name: Name): Promise<Libraries[Name]> {
  const [packageName] = name.split('/')
  try {
    const loaded = (await import(name)) as Libraries[Name] & { readonly default?: Libraries[Name] }
    return loaded.default ?? loaded
  } catch (error) {
    throw new Error(
      `The package ${packageName} is needed to deserialize records and cannot be loaded. ` +
        `Run: npm install -D ${packageName}`,
      { cause: error },
    )
  }
}
