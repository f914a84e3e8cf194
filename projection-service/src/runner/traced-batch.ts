import { inSpan } from '@flowplane/plumbing/telemetry';
import type { PartitionBatch } from './batch-buffer.js';
import type { Projection } from './projection.js';

/** Writes a batch in a span of its own with links to what caused its messages; without traced messages, in none. */
export function tracedBatch<M, T>(
  { name, causeOf }: Projection<M>,
  batch: readonly PartitionBatch<M>[],
  write: () => Promise<T>,
): Promise<T> {
  if (causeOf === undefined) return write();
  const causes = tracedCauses(batch, causeOf);
  const first = causes.next();
  if (first.done === true) return write();
  return inSpan({ name: `project ${name}`, kind: 'consumer', parent: null }, (span) => {
    if (span.isExported) {
      span.link([first.value, ...causes]);
      span.set({ 'messaging.batch.message_count': batch.reduce((sum, { items }) => sum + items.length, 0) });
    }
    return write();
  });
}

function* tracedCauses<M>(
  batch: readonly PartitionBatch<M>[],
  causeOf: (message: M) => string | null,
): Generator<string, undefined> {
  for (const { items } of batch) {
    for (const item of items) {
      const cause = item.kind === 'message' ? causeOf(item.message) : null;
      if (cause !== null) yield cause;
    }
  }
}
