/** Polls often while counts change, never in a hidden tab. */

const pauses = { busyMs: 700, idleMs: 3_000, firstFailureMs: 1_000, maxMs: 30_000 }

/**
 * @param {() => Promise<boolean>} update resolves to true while counts change
 * @param {(error: unknown, againInMs: number) => void} onFailure
 * @returns a function that polls immediately
 */
export function poll(update, onFailure) {
  /** @type {number | undefined} */
  let timer
  let failures = 0
  let updating = false
  let again = false

  async function turn() {
    clearTimeout(timer)
    again = updating
    if (updating || document.hidden) return
    updating = true
    let pause = pauses.idleMs
    try {
      if (await update()) pause = pauses.busyMs
      failures = 0
    } catch (error) {
      pause = Math.min(pauses.maxMs, pauses.firstFailureMs * 2 ** failures++)
      onFailure(error, pause)
    } finally {
      updating = false
      timer = setTimeout(turn, again ? 0 : pause)
    }
  }

  document.addEventListener('visibilitychange', turn)
  addEventListener('online', turn)
  turn()
  return turn
}
