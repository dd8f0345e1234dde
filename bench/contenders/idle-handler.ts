/** A function that takes its event and does nothing. */
export async function handler(): Promise<void> {}
