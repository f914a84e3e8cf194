import { createHash } from 'node:crypto';

/** The engine keeps no longer workflow id: its store has a column of 255 characters. In bytes, which are never fewer. */
const MAX_BYTES = 255;

/**
 * Ids of the run of a sub-flow node, in the order in which they are tried: `<parent id>-<nodeId>`, or the form with the
 * hash of the node id where that is too long (flow-language 10.1). The second is for a first that is taken: node `b`
 * below node `a` and node `a-b` lead to the same text, as does the run of a webhook whose delivery id happens to end alike.
 */
export function childExecutionIds(parentId: string, nodeId: string): readonly [string, ...string[]] {
  const plain = `${parentId}-${nodeId}`;
  const hashed = fitted(parentId, sha256(nodeId), plain);
  return Buffer.byteLength(plain) > MAX_BYTES ? [hashed] : [plain, hashed];
}

/**
 * Below a long parent even the hash can be too much: then it stands for the whole id, behind the beginning of it, which
 * names the tenant and the workspace.
 */
function fitted(parentId: string, nodeHash: string, plain: string): string {
  const hashed = `${parentId}-${nodeHash}`;
  if (Buffer.byteLength(hashed) <= MAX_BYTES) return hashed;
  const room = MAX_BYTES - nodeHash.length - 1;
  // A character cut in two at the end is dropped.
  const kept = Buffer.from(parentId)
    .subarray(0, room)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return `${kept}-${sha256(plain)}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
