import { storage } from './storage.js'

const kept = 200

export function dismissed() {
  return (storage('localStorage').getItem('dismissed') ?? '').split('\n')
}

/** @param {string} id */
export function dismiss(id) {
  storage('localStorage').setItem('dismissed', [...dismissed(), id].slice(-kept).join('\n'))
}
