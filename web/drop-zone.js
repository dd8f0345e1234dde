import { chosenFiles, droppedFiles } from './dropped-files.js'
import { element } from './element.js'

/** @param {(files: import('./dropped-files.js').NamedFile[]) => void} take */
export function takeFiles(take) {
  choose('choose-files', 'files', take)
  choose('choose-folder', 'folder', take)

  const veil = element('veil')
  // `dragenter` of an element precedes `dragleave` of the previous one.
  let inside = 0
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false
  addEventListener('dragenter', (event) => {
    if (hasFiles(event)) veil.hidden = ++inside === 0
  })
  addEventListener('dragleave', (event) => {
    if (hasFiles(event)) veil.hidden = --inside <= 0
  })
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault()
  })
  addEventListener('drop', async (event) => {
    if (!hasFiles(event) || event.dataTransfer === null) return
    event.preventDefault()
    inside = 0
    veil.hidden = true
    take(await droppedFiles(event.dataTransfer))
  })
}

/** @param {string} buttonId @param {string} inputId @param {(files: import('./dropped-files.js').NamedFile[]) => void} take */
function choose(buttonId, inputId, take) {
  const input = /** @type {HTMLInputElement} */ (element(inputId))
  element(buttonId).addEventListener('click', () => input.click())
  input.addEventListener('change', () => {
    if (input.files !== null) take(chosenFiles(input.files))
    input.value = '' // otherwise choosing the same file again fires no event
  })
}
