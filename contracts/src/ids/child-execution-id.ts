import { createHash } from 'node:crypto';

/** Above this the node part of a child's id is replaced by its hash (flow-language 10.1). */
const MAX_PLAIN_BYTES = 900;
/** The engine takes no longer workflow id. */
const MAX_BYTES = 1000;

/**
 * Ids of the run of a sub-flow node, in the order in which they are tried: `<parent id>-<nodeId>`, or the form with the
 * hash of the node id where that is too long. The second is for a first that is taken: node `b` below node `a` and node
 * `a-b` lead to the same text, as does the run of a webhook whose delivery id happens to end alike.
 */
export function childExecutionIds(parentId: string, nodeId: string): readonly [string, ...string[]] {
  const plain = `${parentId}-${nodeId}`;
  const hashed = fitted(parentId, sha256(nodeId), plain);
  return Buffer.byteLength(plain) > MAX_PLAIN_BYTES ? [hashed] : [plain, hashed];
}

/** Below parents with ids of hashed nodes themselves even the hash can be too much: then it stands for the whole id. */
function fitted(parentId: string, nodeHash: string, plain: string): string {
  const hashed = `${parentId}-${nodeHash}`;
  if (Buffer.byteLength(hashed) <= MAX_BYTES) return hashed;
  const room = MAX_PLAIN_BYTES - nodeHash.length - 1;
  // A character cut in two at the end is dropped.
  const kept = Buffer.from(parentId)
    .subarray(0, room)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return `${kept}-${sha256(plain)}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
