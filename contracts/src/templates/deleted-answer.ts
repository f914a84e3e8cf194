import type { JsonObject } from '../flow/json.js';

/**
 * The answer to a delete, as the original gives it (provisioning 14.1).
 *
 * @param revision changes of the document so far; undefined: there was none
 */
export function deletedAnswer(workflowId: string, revision: number | undefined): JsonObject {
  return {
    _index: '.plugins-flow-framework-templates',
    _id: workflowId,
    _version: (revision ?? 0) + 1,
    result: revision === undefined ? 'not_found' : 'deleted',
    _shards: { total: 1, successful: 1, failed: 0 },
    _seq_no: revision ?? 0,
    _primary_term: 1,
  };
}
