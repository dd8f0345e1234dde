/** Options of npm that are set in its configuration, or by `npx --yes`. */
const npmOptions = ['--all', '--key', '--prefix', '--yes']

/**
 * Returns the first option that npm took, because it was not after `--`: npm passes it in the environment instead.
 * @param {readonly string[]} options such as `--no-samples`
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function optionTakenByNpm(options, env = process.env) {
  return options.find((option) => {
    const name = option.replace(/^--(no-)?/, '').replaceAll('-', '_')
    return !npmOptions.includes(option) && env[`npm_config_${name}`] !== undefined
  })
}
