import { createHash } from 'node:crypto';
import { finalError } from '../task-error.js';

/** Whose objects a call may touch. */
export type ObjectScope = { readonly tenantId: string; readonly workspaceId: string };

const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const MAX_KEY_BYTES = 1024;
/** Of a physical key, and of a part of one between slashes: what servers take, those that keep objects as files too. */
const MAX_PHYSICAL_BYTES = 1024;
const MAX_SEGMENT_BYTES = 200;

const invalid = (message: string): Error => finalError('VALIDATION_ERROR', message);

/**
 * Where an object is: `{tenantId}/{workspaceId}/{bucket}/{objectKey}`. A key that would be too long there, or that begins
 * with `~`, is replaced by `~` and its SHA-256, so that no two keys meet.
 *
 * @param bucketId a bucket of the run's workspace, by its name or as `{tenantId}/{workspaceId}/{name}`
 * @throws TaskError `FORBIDDEN` for a bucket of another workspace, `VALIDATION_ERROR` for names that are none
 */
export function physicalKey(scope: ObjectScope, bucketId: string, objectKey: string): string {
  const prefix = `${scope.tenantId}/${scope.workspaceId}/${bucketName(scope, bucketId)}/`;
  const checked = checkedObjectKey(objectKey);
  const isLong = checked.split('/').some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES);
  if (isLong || checked.startsWith('~') || Buffer.byteLength(prefix + checked) > MAX_PHYSICAL_BYTES) {
    return `${prefix}~${createHash('sha256').update(checked, 'utf8').digest('hex')}`;
  }
  return prefix + checked;
}

function bucketName({ tenantId, workspaceId }: ObjectScope, bucketId: string): string {
  const parts = bucketId.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 1 && bucketId !== `${tenantId}/${workspaceId}/${name}`) {
    throw finalError('FORBIDDEN', '/bucketId names a bucket of another tenant or workspace.');
  }
  if (!BUCKET_NAME.test(name)) {
    throw invalid('/bucketId must be 1 to 63 letters, digits, dots, hyphens and underscores, the first no punctuation');
  }
  return name;
}

function checkedObjectKey(key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > MAX_KEY_BYTES) throw invalid(`/objectKey must have 1 to ${MAX_KEY_BYTES} bytes`);
  // Cs: halves of a pair that stand alone.
  if (/[\p{Cc}\p{Cs}]/u.test(key)) {
    throw invalid('/objectKey must be text without control characters');
  }
  for (const segment of key.split('/')) {
    if (segment === '') throw invalid('/objectKey must not begin or end with a slash, or hold two in a row');
    if (segment === '.' || segment === '..') throw invalid('/objectKey must not hold the segments . and ..');
  }
  return key;
}
