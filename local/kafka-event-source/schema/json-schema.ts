import { loadPackage } from '../peer-packages/load-package.ts'
import type { Deserialize, RegisteredSchema } from './schema-registry.ts'

/** @throws when the schema is not valid, or ajv is not installed */
export async function jsonDeserializer({ definition, references }: RegisteredSchema): Promise<Deserialize> {
  const schema = JSON.parse(definition) as { readonly $schema?: string }
  const { default: Ajv } = await loadAjv(schema.$schema ?? '')
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, validateSchema: false })
  for (const reference of references) ajv.addSchema(JSON.parse(reference.definition), reference.name)
  const validate = ajv.compile(schema)
  return (payload) => {
    const text = payload.toString()
    if (!validate(JSON.parse(text))) throw new Error(ajv.errorsText(validate.errors, { dataVar: '' }))
    return text
  }
}

/** ajv has separate modules for drafts, because keywords differ. */
function loadAjv(draft: string) {
  if (draft.includes('2020-12')) return loadPackage('ajv/dist/2020.js')
  return draft.includes('2019-09') ? loadPackage('ajv/dist/2019.js') : loadPackage('ajv')
}
