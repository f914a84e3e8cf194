import type { FlowDefinition } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { publishedVersion, type VersionRef } from '@flowplane/runtime/read-model';
import type { LogPlace } from '../../shared/run-input.js';

/** Published versions of flows that exist, from the read model. */
export type PublishedFlows = {
  /**
   * @param since the read model must have everything of the log before this place to say that there is no version;
   * null: it may say so as it is
   * @returns undefined when there is no such version, or its flow is deleted
   * @throws ReadModelBehind, errors of pg: worth another try
   */
  readonly find: (ref: VersionRef, since: LogPlace | null) => Promise<FlowDefinition | undefined>;
};

export class ReadModelBehind extends Error {
  override readonly name = 'ReadModelBehind';
}

export function makePublishedFlows(readPool: Pool): PublishedFlows {
  return {
    find: async (ref, since) => {
      const { definition, nextOffset } = await publishedVersion(readPool, ref, since?.partition);
      if (definition !== null) return JSON.parse(definition) as FlowDefinition;
      if (since !== null && nextOffset < since.offset) {
        throw new ReadModelBehind(
          `the read model is at offset ${nextOffset} of ${since.partition}, not at ${since.offset}`,
        );
      }
      return undefined;
    },
  };
}
