import { userInfo } from 'node:os'

/** Returns undefined for a user without a name, as in a container with an arbitrary user id. */
export function osUser(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}
