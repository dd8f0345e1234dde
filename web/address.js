/** @typedef {'newest' | 'lines' | 'name'} Order */
/**
 * `page` starts at 1; an empty `book` means no open book.
 * @typedef {{ search: string, sort: Order, page: number, book: string }} Shown
 */

/** @type {readonly Order[]} */
const orders = ['newest', 'lines', 'name']

/** @param {string} query @returns {Shown} */
export function readAddress(query) {
  const values = new URLSearchParams(query)
  const sort = orders.find((order) => order === values.get('sort')) ?? 'newest'
  const page = /^[1-9]\d{0,6}$/.test(values.get('page') ?? '') ? Number(values.get('page')) : 1
  return { search: values.get('search') ?? '', sort, page, book: values.get('book') ?? '' }
}

/** Omits default values. @param {Shown} shown */
export function addressOf({ search, sort, page, book }) {
  const values = new URLSearchParams()
  if (search !== '') values.set('search', search)
  if (sort !== 'newest') values.set('sort', sort)
  if (page !== 1) values.set('page', String(page))
  if (book !== '') values.set('book', book)
  return values.size === 0 ? './' : `?${values}`
}
