/** The deployed `count`, in a container that says which process it is, so that it can be killed or suspended. */
export { handler } from '../../functions/count/handler.ts'

console.log(`container ${process.pid}`)
