/** A draft-07 schema as plain data. */
export interface TaskInputSchema {
  type: 'object';
  required: readonly string[];
  properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  anyOf?: readonly unknown[];
}

const text = { type: 'string' };
const filledText = { type: 'string', minLength: 1 };
const expressionText = { type: 'string', 'x-expression': true };
const freeObject = { type: 'object' };

/** Logical topic and event type names; a physical topic name ends at 249 characters. */
const topicPattern = '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,159}$';

const objectKey = { type: 'string', minLength: 1, maxLength: 1024, 'x-expression': true };

/** Schemas of the evaluated inputs (tasks 3 and 4). None is closed: `workspaceId` may be given everywhere. */
export const taskInputSchemas = {
  'db.query': {
    type: 'object',
    required: ['engine', 'operation'],
    properties: {
      engine: { type: 'string', enum: ['postgres', 'mongo'] },
      operation: { type: 'string', enum: ['list', 'get', 'insert', 'update', 'replace', 'delete'] },
      databaseName: text,
      schemaName: text,
      tableName: text,
      collectionName: text,
      documentId: { type: ['string', 'number'] },
      rowId: { type: ['string', 'number'] },
      filter: freeObject,
      values: freeObject,
      payload: freeObject,
      page: { type: 'object', properties: { size: { type: 'integer', minimum: 1, maximum: 1000 } } },
      projection: { type: 'array', items: text },
      sort: {
        type: 'array',
        items: {
          type: 'object',
          required: ['field'],
          properties: { field: text, direction: { type: 'string', enum: ['asc', 'desc'] } },
        },
      },
    },
  },
  'storage.put': {
    type: 'object',
    required: ['bucketId', 'objectKey', 'body'],
    properties: {
      bucketId: filledText,
      objectKey,
      body: { type: 'string', contentEncoding: 'base64', 'x-expression': true },
      contentType: text,
    },
  },
  'storage.get': {
    type: 'object',
    required: ['bucketId', 'objectKey'],
    properties: { bucketId: filledText, objectKey },
  },
  'functions.invoke': {
    type: 'object',
    required: ['actionId'],
    properties: { actionId: filledText, params: freeObject },
  },
  'events.publish': {
    type: 'object',
    required: ['topic', 'messages'],
    properties: {
      topic: { type: 'string', pattern: topicPattern },
      messages: {
        type: 'array',
        items: {
          type: 'object',
          required: ['value'],
          properties: { key: { type: ['string', 'number', 'boolean', 'null'] }, value: {} },
        },
      },
    },
  },
  'http.request': {
    type: 'object',
    required: ['url'],
    properties: {
      url: expressionText,
      method: { type: 'string', enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'], default: 'GET' },
      headers: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
      body: { type: ['string', 'object', 'array'], 'x-expression': true },
      timeoutMs: { type: 'integer', minimum: 1, maximum: 30_000, default: 10_000 },
      maxResponseBytes: { type: 'integer', minimum: 1, maximum: 10_485_760, default: 1_048_576 },
    },
  },
  'email.send': {
    type: 'object',
    required: ['to', 'subject'],
    properties: {
      to: { type: 'array', items: filledText, minItems: 1, maxItems: 50 },
      subject: expressionText,
      body: expressionText,
      from: text,
    },
  },
  'llm.complete': {
    type: 'object',
    required: ['model'],
    properties: {
      model: filledText,
      messages: {
        type: 'array',
        items: {
          type: 'object',
          required: ['role', 'content'],
          properties: { role: filledText, content: expressionText },
        },
      },
      prompt: expressionText,
      system: expressionText,
      maxTokens: { type: 'integer', minimum: 1 },
      temperature: { type: 'number', minimum: 0, maximum: 2 },
    },
    anyOf: [{ required: ['messages'] }, { required: ['prompt'] }],
  },
} as const satisfies Record<string, TaskInputSchema>;
