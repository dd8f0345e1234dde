import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barText, ProgressBar } from '../../../../cli/terminal/progress-bar.ts'

test('shows the percentage, the bytes and the time', () => {
  assert.equal(
    barText('Uploading', 6_150_000, 12_300_000, 4.2),
    'Uploading ███████████████░░░░░░░░░░░░░░░  50 %  6.2 of 12.3 MB  4 s',
  )
  assert.match(barText('Uploading', 0, 0, 0), /█{30} 100 %/)
})

test('clears the bar at its end, and draws nothing without a terminal', () => {
  const drawn: string[] = []
  const bar = new ProgressBar(
    { draw: (line) => drawn.push(line), clear: () => drawn.push('') },
    'Uploading',
    100,
  )
  bar.add(50)
  bar.add(50)
  bar.end()
  assert.equal(drawn.length, 2, 'the second was too soon after the first')
  assert.equal(drawn.at(-1), '')
  const unseen = new ProgressBar(undefined, 'Uploading', 100)
  unseen.add(100)
  unseen.end()
})
