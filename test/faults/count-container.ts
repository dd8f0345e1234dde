/** The deployed `count`, in a container that reports its process id, so that it can be killed or suspended. */
export { handler } from '../../functions/count/handler.ts'

console.log(`container ${process.pid}`)
