import { queryText, type Call, type HeldBytes, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal, type Part } from '@flowplane/plumbing/http';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { invalidQuery } from './paging.js';
import { holdRun, type DetailScope, type RunOutline } from './run-outline.js';
import { loadValues, PART_BYTES, type RunValue } from './run-values.js';
import type { ValueName } from './value-href.js';

/** GET /flows/{flowId}/executions/{executionId}/value: a value of the run or of a node, as it is (flows-api 6.9). */
export async function getExecutionValue(scope: DetailScope, call: Call): Promise<PartsAnswer> {
  const name = nameOf(call);
  const { run, held } = await holdRun(scope, call, name.of === 'input' && name.nodeId === undefined);
  const value = valueNamed(run, name);
  if (value === null) {
    held.release();
    throw refusal('VALUE_NOT_FOUND');
  }
  const headers = { 'content-length': String(value.bytes) };
  if (value.source.kind === 'payload') {
    held.shrinkTo(PART_BYTES);
    return { status: 200, headers, parts: slices(scope, value.source.hash, value.bytes, held) };
  }
  if (value.source.kind === 'text') return { status: 200, headers, parts: cut(value.source.text, held) };
  held.release();
  return rowAnswer(scope, call, run, value);
}

/** @throws Refusal 400 INVALID_QUERY */
function nameOf(call: Call): ValueName {
  const of = queryText(call, 'of');
  const nodeId = queryText(call, 'nodeId');
  const isOfRun = of === 'input' || of === 'result';
  const isOfNode = of === 'input' || of === 'output';
  if (nodeId === undefined && isOfRun) return { of };
  if (nodeId !== undefined && isOfNode) return { of, nodeId };
  throw invalidQuery('of is input or result, or with nodeId input or output');
}

function valueNamed(run: RunOutline, { of, nodeId }: ValueName): RunValue | null {
  if (nodeId === undefined) return of === 'input' ? run.input : run.result;
  const node = run.nodes.find((one) => one.nodeId === nodeId);
  return (of === 'input' ? node?.input : node?.output) ?? null;
}

/** A value in the row of a node, which may have changed since: its length is that of what is found now. */
async function rowAnswer(scope: DetailScope, call: Call, run: RunOutline, value: RunValue): Promise<PartsAnswer> {
  const held = await scope.answers.hold(call, value.bytes);
  try {
    const textOf = await loadValues(scope, call, run.record.execution_id, [value], value.bytes);
    const text = textOf(value);
    if (text === undefined) throw refusal('VALUE_NOT_FOUND');
    return { status: 200, headers: { 'content-length': String(Buffer.byteLength(text)) }, parts: cut(text, held) };
  } catch (cause) {
    held.release();
    throw cause;
  }
}

/** Pieces of a text that is here. */
async function* cut(text: string, held: HeldBytes): AsyncGenerator<Part> {
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += PART_BYTES) yield { text: bytes.subarray(at, at + PART_BYTES) };
  } finally {
    held.release();
  }
}

/** Pieces of a payload, each loaded when the one before is taken. */
async function* slices(scope: DetailScope, hash: string, bytes: number, held: HeldBytes): AsyncGenerator<Part> {
  try {
    for (let at = 0; at < bytes; at += PART_BYTES) {
      const slice = await orUnavailable(scope.contentStore.slice(hash, at, PART_BYTES));
      if (slice.length === 0) throw new Error('a payload was removed while it was read');
      yield { text: slice };
    }
  } finally {
    held.release();
  }
}
