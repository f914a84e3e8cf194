import type { Checked } from './errors.js';
import { checked, listed, refuse } from './errors.js';
import { readTimeValue } from './time-value.js';

/** Names and values of a query, in its order. */
export type QueryPairs = readonly (readonly [name: string, value: string])[];

/** Names that every route knows and that change nothing here (provisioning 1.2). */
const EVERYWHERE: ReadonlySet<string> = new Set(['pretty', 'human', 'error_trace', 'filter_path', 'format', 'source']);

/** Names that queries of create and update know. */
const WRITE_NAMES: readonly string[] = [
  'validation',
  'provision',
  'reprovision',
  'update_fields',
  'use_case',
  'wait_for_completion_timeout',
];

/** What a create or an update is asked to do (provisioning 1.1). */
export type WriteRequest = {
  /** Only `all` validates. */
  readonly validate: boolean;
  readonly provision: boolean;
  readonly reprovision: boolean;
  readonly updateFields: boolean;
  readonly useCase?: string;
  /** Milliseconds; absent when not given. */
  readonly waitMs?: number;
  /** Substitution parameters of the query. */
  readonly parameters: QueryPairs;
};

/**
 * Reads the query of a create (no id) or an update, by the third to the eighth check of provisioning 2.
 */
export function readWriteQuery(query: QueryPairs, workflowId: string | undefined): Checked<WriteRequest> {
  return checked(() => {
    const known = new Map(query.filter(([name]) => WRITE_NAMES.includes(name)));
    const parameters = query.filter(([name]) => !known.has(name) && !EVERYWHERE.has(name));
    const provision = readBoolean(known.get('provision'));
    const reprovision = readBoolean(known.get('reprovision'));
    const updateFields = readBoolean(known.get('update_fields'));
    const waitMs = readWait(known.get('wait_for_completion_timeout'));
    const useCase = known.get('use_case');
    const onlyKnown = `Only the parameters ${listed(['workflow_id', ...WRITE_NAMES])} are permitted unless the provision parameter is set to true.`;
    if (!provision && parameters.length > 0) {
      refuse(400, onlyKnown);
    }
    if (provision && updateFields) {
      refuse(400, 'You can not use both the provision and update_fields parameters in the same request.');
    }
    if (reprovision && workflowId === undefined) {
      refuse(400, 'You can not use the reprovision parameter to create a new template.');
    }
    if (reprovision && useCase !== undefined) {
      refuse(400, 'You cannot use the reprovision and use_case parameters in the same request.');
    }
    if ((reprovision && parameters.length > 0) || (updateFields && workflowId === undefined)) {
      refuse(400, onlyKnown);
    }
    if (waitMs !== undefined && !provision && !reprovision) {
      const unless = "is not allowed unless the 'provision' or 'reprovision' parameter is set to true.";
      refuse(400, `Request parameter 'wait_for_completion_timeout' ${unless}`);
    }
    return {
      validate: (known.get('validation') ?? 'all') === 'all',
      provision,
      reprovision,
      updateFields,
      ...(useCase === undefined ? {} : { useCase }),
      ...(waitMs === undefined ? {} : { waitMs }),
      parameters,
    };
  });
}

/** Reads the query of `_provision`: its wait, and substitution parameters. */
export function readProvisionQuery(query: QueryPairs): Checked<Pick<WriteRequest, 'waitMs' | 'parameters'>> {
  return checked(() => {
    const waitMs = readWait(query.findLast(([name]) => name === 'wait_for_completion_timeout')?.[1]);
    const parameters = query.filter(([name]) => name !== 'wait_for_completion_timeout' && !EVERYWHERE.has(name));
    return { ...(waitMs === undefined ? {} : { waitMs }), parameters };
  });
}

/**
 * Reads the query of a route without substitution parameters.
 *
 * @param path of the request, for the message
 * @param names that the route knows
 */
export function readPlainQuery(
  query: QueryPairs,
  path: string,
  names: readonly string[],
): Checked<ReadonlyMap<string, string>> {
  return checked(() => {
    const other = query.find(([name]) => !names.includes(name) && !EVERYWHERE.has(name));
    if (other !== undefined) {
      refuse(400, `request [${path}] contains unrecognized parameter: [${other[0]}]`, 'illegal_argument_exception');
    }
    return new Map(query.filter(([name]) => names.includes(name)));
  });
}

/** A boolean parameter of a query: absent is false, present without a value is true. */
export function readBooleanParameter(value: string | undefined): Checked<boolean> {
  return checked(() => readBoolean(value));
}

/** The wait of a query in milliseconds; undefined when it is not given. */
export function readWaitParameter(value: string | undefined): Checked<number | undefined> {
  return checked(() => readWait(value));
}

function readBoolean(value: string | undefined): boolean {
  if (value === undefined || value === 'false') {
    return false;
  }
  return value === '' || value === 'true'
    ? true
    : refuse(
        400,
        `Failed to parse value [${value}] as only [true] or [false] are allowed.`,
        'illegal_argument_exception',
      );
}

function readWait(value: string | undefined): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  const time = readTimeValue(value, 'wait_for_completion_timeout');
  if (!time.ok) {
    return refuse(400, time.message, 'illegal_argument_exception');
  }
  if (time.ms === -1) {
    return undefined;
  }
  return time.ms < 0
    ? refuse(400, `failed to parse [${value}], negative times are not supported`, 'illegal_argument_exception')
    : time.ms;
}
