import { parseTimestampMs } from '@flowplane/contracts';
import type { Comparison, FilterField } from './execution-filter.js';

const COLUMNS: Readonly<Record<FilterField, string>> = {
  flowVersion: 'e.version::text',
  triggerType: 'e.trigger_type',
  ExecutionStatus: 'e.status',
  StartTime: 'coalesce(e.started_at, e.created_at)',
  CloseTime: 'e.closed_at',
};

/**
 * A filter as conditions of SQL; every value is a parameter.
 *
 * @param push adds a parameter and returns its placeholder
 */
export function filterConditions(
  comparisons: readonly Comparison[],
  push: (value: unknown) => string,
): readonly string[] {
  return comparisons.map(({ field, operator, value }) => {
    const isTime = field === 'StartTime' || field === 'CloseTime';
    const parameter = push(isTime ? new Date(parseTimestampMs(value) as number) : value);
    return `${COLUMNS[field]} ${operator === '!=' ? '<>' : operator} ${parameter}`;
  });
}
