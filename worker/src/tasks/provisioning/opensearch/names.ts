import { inputFailure } from '../step-failure.js';

/** A name as one segment of a path: it cannot lead anywhere else. @throws StepFailure */
export function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') throw inputFailure(`Invalid name [${name}]`);
  return encodeURIComponent(name);
}

/**
 * The name of one index as a segment of a path. What would mean several indices, or an endpoint (`_settings`), is
 * refused before it is sent.
 *
 * @throws StepFailure, worded as OpenSearch does
 */
export function indexSegment(name: string): string {
  const wrong = (why: string): Error => inputFailure(`Invalid index name [${name}], ${why}`);
  if (name === '') throw wrong('must not be empty');
  if (name === '.' || name === '..') throw wrong("must not be '.' or '..'");
  if (/^[_+-]/.test(name)) throw wrong("must not start with '_', '-', or '+'");
  if (/[\s"*\\<|,>/?#:]/.test(name)) {
    throw wrong('must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]');
  }
  return segment(name);
}

/** The id of one pipeline as a segment of a path: removing `*` would remove all of them. @throws StepFailure */
export function pipelineSegment(id: string): string {
  if (/[*,]/.test(id) || id.startsWith('_')) {
    throw inputFailure(`Invalid pipeline id [${id}], must not start with '_' and must not contain '*' or ','`);
  }
  return segment(id);
}
