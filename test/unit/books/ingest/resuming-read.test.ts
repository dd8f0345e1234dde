import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resumingRead } from '../../../../books/ingest/resuming-read.ts'
import { streamOf } from './fake-collaborators.ts'

const bytes = Buffer.from('0123456789')
const broken = new Error('connection reset')
const gone = new Error('gone')

/** Reads from connections that each end after a number of bytes, with an error or silently. */
async function read(
  from: number,
  ...stretches: readonly { readonly bytes: number; readonly error?: Error }[]
) {
  const positions: number[] = []
  let next = 0
  const stretch = (byte: number) => {
    positions.push(byte)
    const { bytes: length, error } = stretches[Math.min(next++, stretches.length - 1)]!
    return streamOf([bytes.subarray(byte, byte + length), ...(error === undefined ? [] : [error])])
  }
  const reading = resumingRead({
    body: stretch(from),
    from,
    size: bytes.length,
    openAt: async (byte) => stretch(byte),
    isFinal: (error) => error === gone,
  })
  const parts: Buffer[] = []
  const outcome = await (async () => {
    for await (const chunk of reading) parts.push(chunk)
  })().catch((error: unknown) => error)
  return { text: String(Buffer.concat(parts)), positions, outcome }
}

describe('resumingRead', () => {
  it('resumes after the last byte when the connection breaks or ends early', async () => {
    assert.deepEqual(await read(0, { bytes: 4, error: broken }, { bytes: 3 }, { bytes: 10 }), {
      text: '0123456789',
      positions: [0, 4, 7],
      outcome: undefined,
    })
  })

  it('starts in the middle', async () => {
    assert.deepEqual(await read(6, { bytes: 1, error: broken }, { bytes: 10 }), {
      text: '6789',
      positions: [6, 7],
      outcome: undefined,
    })
  })

  it('succeeds when the connection breaks after the last byte', async () => {
    assert.deepEqual(await read(0, { bytes: 10, error: broken }), {
      text: '0123456789',
      positions: [0],
      outcome: undefined,
    })
  })

  it('rethrows a final error', async () => {
    const { text, outcome } = await read(0, { bytes: 4, error: broken }, { bytes: 2, error: gone })
    assert.deepEqual({ text, outcome }, { text: '012345', outcome: gone })
  })

  it('fails after repeated attempts without a byte', async () => {
    const { text, positions, outcome } = await read(
      0,
      { bytes: 4, error: broken },
      { bytes: 0, error: broken },
    )
    assert.deepEqual({ text, outcome }, { text: '0123', outcome: broken })
    assert.equal(positions.length, 6)
  })
})
