import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { CommandLog } from '@flowplane/runtime/commands';
import { isWorkspaceInUse } from '@flowplane/runtime/read-model';
import { followOwners, makeOwnersLog, makeOwnerStore, type WorkspaceOwners } from '@flowplane/runtime/tenancy';
import type { CommandServiceConfig } from '../config.js';
import { startReservationSweep } from './reservation-sweep.js';
import { makeWorkspaceClaims, type WorkspaceClaims } from './workspace-claims.js';

export type Workspaces = {
  /** Asked here, what nobody owns is free for certain. */
  readonly owners: WorkspaceOwners;
  readonly claim: WorkspaceClaims['claim'];
  readonly close: () => Promise<void>;
};

/** Whose workspaces are: owners as the log has them, claims of what nobody owns, reservations that came to nothing. */
export function openWorkspaces(options: {
  readonly config: Pick<CommandServiceConfig, 'workspaceRegistry' | 'maxWorkspaces' | 'partitions'>;
  readonly owners: WorkspaceOwners;
  readonly kafka: KafkaClient;
  readonly eventsTopic: string;
  readonly log: CommandLog;
  readonly statePool: Pool;
  readonly readPool: Pool;
  readonly logger: Logger;
}): Workspaces {
  const { config, kafka, log, logger } = options;
  const followed =
    config.workspaceRegistry === 'off'
      ? { owners: options.owners, heard: () => undefined, close: () => Promise.resolve() }
      : followOwners({
          ...{ owners: options.owners, logger, reached: log.tail.positions },
          store: makeOwnerStore(options.statePool),
          log: makeOwnersLog(kafka, options.eventsTopic, config.partitions),
        });
  const { owners } = followed;
  const claims = makeWorkspaceClaims({
    ...{ owners, logger },
    registry: config.workspaceRegistry,
    maxWorkspaces: config.maxWorkspaces,
  });
  log.tail.onEvent(claims.heard);
  log.tail.onEvent(followed.heard);
  const sweep = startReservationSweep({
    ...{ owners, log, logger },
    isInUse: (reservation) => isWorkspaceInUse(options.readPool, reservation),
  });
  return {
    owners,
    claim: claims.claim,
    close: async () => {
      await sweep.close();
      await followed.close();
    },
  };
}
