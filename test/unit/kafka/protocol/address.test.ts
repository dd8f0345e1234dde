import assert from 'node:assert/strict'
import { it } from 'node:test'
import { addressText, parseAddress } from '../../../../kafka/protocol/address.ts'

for (const text of ['kafka:9093', '10.0.0.1:9092', '[::1]:9092']) {
  it(`reads and writes ${text}`, () => {
    assert.equal(addressText(parseAddress(text)), text)
  })
}
