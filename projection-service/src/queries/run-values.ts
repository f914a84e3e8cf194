import type { StoredValue } from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { Call } from '@flowplane/runtime/api';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { readAs, type ReadScope } from './read-scope.js';

/** Values of a run up to this size stand in its detail; larger ones are linked. */
export const MAX_INLINE_BYTES = 65_536;
/** Bytes of values that are loaded together. */
export const PART_BYTES = 1_048_576;
/** Bytes of a value that its link shows. */
export const PREVIEW_BYTES = 256;

/** Where a value is: here, in the content store, or in the row of a node. */
export type ValueSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'payload'; readonly hash: string }
  | { readonly kind: 'row'; readonly nodeId: string; readonly iteration: number; readonly column: 'input' | 'output' };

/** A value that may not have been loaded. */
export type RunValue = {
  readonly source: ValueSource;
  readonly bytes: number;
  /** Its beginning, of a large one. */
  readonly preview: string;
};

export type ValuesScope = ReadScope & {
  readonly contentStore: Pick<ContentStore, 'get' | 'getMany' | 'outlines' | 'sizes' | 'slice'>;
};

/** The first characters of some bytes; one that is cut is left out. */
export const previewOf = (head: Buffer): string =>
  new TextDecoder().decode(head.subarray(0, PREVIEW_BYTES), { stream: true });

export function textValue(text: string): RunValue {
  const bytes = Buffer.byteLength(text);
  const preview = bytes > MAX_INLINE_BYTES ? previewOf(Buffer.from(text.slice(0, 2 * PREVIEW_BYTES))) : '';
  return { source: { kind: 'text', text }, bytes, preview };
}

/** A stored value as it is known before it is looked up; `RunValue` where its size is known. */
export type UnresolvedValue = RunValue | { readonly ref: string };

export const unresolved = ({ json, ref }: Pick<StoredValue, 'json' | 'ref'>): UnresolvedValue | null => {
  if (json !== null) return textValue(json);
  return ref === null ? null : { ref };
};

/** Looks up how large values in the content store are, in one question. @returns null for null, and for one that is gone */
export async function resolveValues(
  { contentStore }: Pick<ValuesScope, 'contentStore'>,
  values: readonly (UnresolvedValue | null)[],
): Promise<(value: UnresolvedValue | null) => RunValue | null> {
  const refs = new Set(values.flatMap((value) => (value !== null && 'ref' in value ? [value.ref] : [])));
  const outlines = await orUnavailable(contentStore.outlines([...refs], MAX_INLINE_BYTES));
  return (value) => {
    if (value === null || !('ref' in value)) return value;
    const outline = outlines.get(value.ref);
    if (outline === undefined) return null;
    const preview = outline.head === null ? '' : previewOf(outline.head);
    return { source: { kind: 'payload', hash: value.ref }, bytes: outline.bytes, preview };
  };
}

const ROW_VALUES = `
  SELECT n.node_id, n.iteration, CASE WHEN octet_length(n.input_json) <= $6 THEN n.input_json END AS input,
         CASE WHEN octet_length(n.output_json) <= $6 THEN n.output_json END AS output
    FROM nodes n JOIN unnest($4::text[], $5::int[]) AS wanted (node_id, iteration) USING (node_id, iteration)
   WHERE n.execution_id = $1 AND n.tenant_id = $2 AND n.workspace_id = $3`;

type RowValues = {
  readonly node_id: string;
  readonly iteration: number;
  readonly input: string | null;
  readonly output: string | null;
};

const keyOf = (nodeId: string, iteration: number): string => `${iteration}/${nodeId}`;

/**
 * Loads values of a run together.
 *
 * @param maxBytes of a value in the row of a node, which may have changed since
 * @returns the JSON text of a value; undefined: it is gone
 */
export async function loadValues(
  scope: ValuesScope,
  call: Call,
  executionId: string,
  values: readonly RunValue[],
  maxBytes: number = MAX_INLINE_BYTES,
): Promise<(value: RunValue) => string | undefined> {
  const sources = values.map(({ source }) => source);
  const hashes = new Set(sources.flatMap((source) => (source.kind === 'payload' ? [source.hash] : [])));
  const payloads = await orUnavailable(scope.contentStore.getMany([...hashes]));
  const inRows = sources.flatMap((source) => (source.kind === 'row' ? [source] : []));
  const rows = inRows.length === 0 ? [] : await rowsOf(scope, call, executionId, inRows, maxBytes);
  const byNode = new Map(rows.map((row) => [keyOf(row.node_id, row.iteration), row]));
  return ({ source }) => {
    if (source.kind === 'text') return source.text;
    if (source.kind === 'payload') return payloads.get(source.hash)?.toString('utf8');
    return byNode.get(keyOf(source.nodeId, source.iteration))?.[source.column] ?? undefined;
  };
}

function rowsOf(
  scope: ValuesScope,
  call: Call,
  executionId: string,
  wanted: readonly Extract<ValueSource, { readonly kind: 'row' }>[],
  maxBytes: number,
): Promise<readonly RowValues[]> {
  const unique = [...new Map(wanted.map((one) => [keyOf(one.nodeId, one.iteration), one])).values()];
  const keys = [unique.map(({ nodeId }) => nodeId), unique.map(({ iteration }) => iteration)];
  const values = [executionId, call.tenantId, call.workspaceId, ...keys, maxBytes];
  return readAs(scope, call, async (client) => (await client.query<RowValues>(ROW_VALUES, values)).rows);
}
