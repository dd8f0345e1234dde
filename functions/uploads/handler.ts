/** `uploads`: presigns uploads and downloads of one book, and removes books. */
import { readConfig } from '../../books/config.ts'
import { httpHandler } from '../../lib/http.ts'
import { BookBucket } from './book-bucket.ts'
import { uploadsRoutes } from './uploads-api.ts'

const config = readConfig(process.env)

export const handler = httpHandler('uploads', uploadsRoutes(new BookBucket(config), config.uploadMaxBytes))
