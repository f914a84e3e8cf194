/** A draft-07 schema as plain data. */
export type TaskInputSchema = {
  readonly type: 'object';
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly anyOf?: readonly unknown[];
};

const TEXT = { type: 'string' };
const FILLED_TEXT = { type: 'string', minLength: 1 };
const EXPRESSION_TEXT = { type: 'string', 'x-expression': true };
const FREE_OBJECT = { type: 'object' };

/** Logical topic and event type names; a physical topic name ends at 249 characters. */
const TOPIC_PATTERN = '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,159}$';

const OBJECT_KEY = { type: 'string', minLength: 1, maxLength: 1024, 'x-expression': true };

/** Schemas of the evaluated inputs (tasks 3 and 4). None is closed: `workspaceId` may be given everywhere. */
export const TASK_INPUT_SCHEMAS = {
  'db.query': {
    type: 'object',
    required: ['engine', 'operation'],
    properties: {
      engine: { type: 'string', enum: ['postgres', 'mongo'] },
      operation: { type: 'string', enum: ['list', 'get', 'insert', 'update', 'replace', 'delete'] },
      databaseName: TEXT,
      schemaName: TEXT,
      tableName: TEXT,
      collectionName: TEXT,
      documentId: { type: ['string', 'number'] },
      rowId: { type: ['string', 'number'] },
      filter: FREE_OBJECT,
      values: FREE_OBJECT,
      payload: FREE_OBJECT,
      page: { type: 'object', properties: { size: { type: 'integer', minimum: 1, maximum: 1000 } } },
      projection: { type: 'array', items: TEXT },
      sort: {
        type: 'array',
        items: {
          type: 'object',
          required: ['field'],
          properties: { field: TEXT, direction: { type: 'string', enum: ['asc', 'desc'] } },
        },
      },
    },
  },
  'storage.put': {
    type: 'object',
    required: ['bucketId', 'objectKey', 'body'],
    properties: {
      bucketId: FILLED_TEXT,
      objectKey: OBJECT_KEY,
      body: { type: 'string', contentEncoding: 'base64', 'x-expression': true },
      contentType: TEXT,
    },
  },
  'storage.get': {
    type: 'object',
    required: ['bucketId', 'objectKey'],
    properties: { bucketId: FILLED_TEXT, objectKey: OBJECT_KEY },
  },
  'functions.invoke': {
    type: 'object',
    required: ['actionId'],
    properties: { actionId: FILLED_TEXT, params: FREE_OBJECT },
  },
  'events.publish': {
    type: 'object',
    required: ['topic', 'messages'],
    properties: {
      topic: { type: 'string', pattern: TOPIC_PATTERN },
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
      url: EXPRESSION_TEXT,
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
      to: { type: 'array', items: FILLED_TEXT, minItems: 1, maxItems: 50 },
      subject: EXPRESSION_TEXT,
      body: EXPRESSION_TEXT,
      from: TEXT,
    },
  },
  'llm.complete': {
    type: 'object',
    required: ['model'],
    properties: {
      model: FILLED_TEXT,
      messages: {
        type: 'array',
        items: {
          type: 'object',
          required: ['role', 'content'],
          properties: { role: FILLED_TEXT, content: EXPRESSION_TEXT },
        },
      },
      prompt: EXPRESSION_TEXT,
      system: EXPRESSION_TEXT,
      maxTokens: { type: 'integer', minimum: 1 },
      temperature: { type: 'number', minimum: 0, maximum: 2 },
    },
    anyOf: [{ required: ['messages'] }, { required: ['prompt'] }],
  },
} as const satisfies Record<string, TaskInputSchema>;
