import { CONNECTION, CONNECTION_ERRORS, FREE_OBJECT, NOT_CONFIGURED, SUCCESS, TEXT, UNAVAILABLE } from './parts.js';
import type { TaskType } from './task-type.js';

/** `db.query` (tasks 3.1). */
export const DB_QUERY: TaskType = {
  id: 'db.query',
  label: 'Database Query',
  category: 'data',
  description: 'Reads or changes rows of a table or documents of a collection that belong to the workspace of the run.',
  inputSchema: {
    type: 'object',
    required: ['engine', 'operation'],
    properties: {
      engine: {
        type: 'string',
        enum: ['postgres', 'mongo'],
        description: 'Kind of database: tables of postgres, or documents of mongo.',
      },
      operation: {
        type: 'string',
        enum: ['list', 'get', 'insert', 'update', 'replace', 'delete'],
        description: 'What is done with the rows or documents.',
      },
      connection: CONNECTION,
      databaseName: {
        ...TEXT,
        description: 'Database; where it is given it must be that of the configuration or connection.',
      },
      schemaName: { ...TEXT, description: 'Schema of the table; default public.' },
      tableName: { ...TEXT, description: 'Table; for postgres.' },
      collectionName: { ...TEXT, description: 'Collection; for mongo.' },
      documentId: { type: ['string', 'number'], description: 'Id of the document or row.' },
      rowId: { type: ['string', 'number'], description: 'Id of the row or document.' },
      filter: {
        ...FREE_OBJECT,
        description: 'Which rows or documents: values by name, or operators such as in and like.',
      },
      values: { ...FREE_OBJECT, description: 'New values by column or member.' },
      payload: { ...FREE_OBJECT, description: 'Stands for values, where these are not given.' },
      page: {
        type: 'object',
        properties: { size: { type: 'integer', minimum: 1, maximum: 1000 } },
        description: 'How many rows or documents a list gives.',
      },
      projection: { type: 'array', items: TEXT, description: 'Columns or members that are given back.' },
      sort: {
        type: 'array',
        items: {
          type: 'object',
          required: ['field'],
          properties: { field: TEXT, direction: { type: 'string', enum: ['asc', 'desc'] } },
        },
        description: 'Order of a list, by fields.',
      },
    },
  },
  valuesLeftToTask: ['engine', 'operation'],
  takesOtherMembers: true,
  outputSchema: {
    type: 'object',
    required: ['status', 'result'],
    properties: {
      status: SUCCESS,
      result: {
        type: 'object',
        properties: {
          items: { type: 'array', items: FREE_OBJECT },
          page: {
            type: 'object',
            required: ['size', 'next'],
            properties: { size: { type: 'integer' }, next: { type: ['string', 'null'] } },
          },
          item: { type: ['object', 'null'] },
          count: { type: 'integer' },
        },
      },
    },
  },
  errors: [
    { code: 'SCHEMA_ERROR', retryable: false, when: 'engine, operation, table, column or collection is unknown' },
    { code: 'CONFLICT', retryable: false, when: 'a row or document with the same unique value exists' },
    {
      code: 'FORBIDDEN',
      retryable: false,
      when: 'the data are not those of the run’s workspace, or the database does not allow the call',
    },
    { code: 'TIMEOUT', retryable: true, when: 'the query took longer than the operator allows' },
    { code: 'UPSTREAM_ERROR', retryable: false, when: 'the document database answers with another error' },
    ...CONNECTION_ERRORS,
    UNAVAILABLE,
    NOT_CONFIGURED,
  ],
  repeat: 'A second attempt runs the query again: an insert may be done twice unless its values name a unique key.',
  connections: ['postgres', 'mongo'],
  kindMember: 'engine',
  examples: [
    {
      title: 'The newest ten orders of a customer',
      input: {
        ...{ engine: 'postgres', operation: 'list', tableName: 'orders' },
        filter: { customer: '${{ inputs.customer }}' },
        sort: [{ field: 'created_at', direction: 'desc' }],
        page: { size: 10 },
      },
    },
    {
      title: 'A document that other flows find by its id',
      input: {
        ...{ engine: 'mongo', operation: 'insert', collectionName: 'customers' },
        documentId: '${{ inputs.customer }}',
        values: { name: '${{ inputs.name }}', isActive: true },
      },
    },
    {
      title: 'Change all documents of a kind, in a database of the workspace’s own',
      input: {
        ...{ engine: 'mongo', operation: 'update', collectionName: 'customers', connection: 'crm' },
        filter: { region: { in: ['eu', 'uk'] }, name: { like: 'A%' } },
        values: { isActive: false },
      },
    },
  ],
};
