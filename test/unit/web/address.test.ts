import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressOf, readAddress } from '../../../web/address.js'

describe('the address of the page', () => {
  it('contains the search, the order, the page and the open book, but no default values', () => {
    const shown = { search: 'a & b', sort: 'lines', page: 3, book: 'folder/ü?.txt' } as const
    assert.equal(addressOf({ search: '', sort: 'newest', page: 1, book: '' }), './')
    assert.equal(addressOf(shown), '?search=a+%26+b&sort=lines&page=3&book=folder%2F%C3%BC%3F.txt')
    assert.deepEqual(readAddress(addressOf(shown)), shown)
  })

  it('selects the newest books when it is invalid', () => {
    for (const query of ['', '?sort=size&page=0', '?page=-1', '?page=1e3', '?page=x'])
      assert.deepEqual(readAddress(query), { search: '', sort: 'newest', page: 1, book: '' })
  })
})
