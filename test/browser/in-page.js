// @ts-nocheck It runs unchanged in the browser, without the types of the tests.

/** Drops files as entries of a folder. A script can create entries only in its own file system. */
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

/** Drags files over the page. */
globalThis.dragFiles = () => {
  const event = new Event('dragenter')
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'] } })
  dispatchEvent(event)
}
