import { serveThread } from '@flowplane/plumbing/threads';
import { checkSchema, type SchemaRequest } from './check-schema.js';

serveThread(() => (request: SchemaRequest) => checkSchema(request));
