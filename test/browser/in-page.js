// @ts-nocheck It runs in the browser, as it is, where the tests' own types are not.

/** Drops files as a folder is dropped: by entries, which a script can make of a file system of its own only. */
globalThis.dropFiles = (dropped) => {
  const items = dropped.map(({ name, text, type = 'text/plain' }) => ({
    webkitGetAsEntry: () => ({
      isFile: true,
      isDirectory: false,
      fullPath: `/${name}`,
      file: (take, refuse) => {
        if (text === undefined) refuse(new DOMException('No permission.', 'NotReadableError'))
        else take(new File([text], name.split('/').at(-1), { type }))
      },
    }),
  }))
  const event = new Event('drop', { cancelable: true })
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items } })
  dispatchEvent(event)
}

/** Moves files over the page. */
globalThis.dragFiles = () => {
  const event = new Event('dragenter')
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'] } })
  dispatchEvent(event)
}
