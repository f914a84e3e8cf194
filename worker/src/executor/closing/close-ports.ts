import type { ByteLimiter } from '@flowplane/plumbing/limiter';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { PayloadCodec } from '@temporalio/common';
import type { Engine } from '../engine/engine.js';
import type { AtExecutorFaultPoint } from '../fault-points.js';
import type { Versions } from '../read-model/versions.js';
import type { Reports } from '../report/reports.js';
import type { CloseAudit } from './close-audit.js';
import type { NotWhole } from './journal-table.js';
import type { SeenFrames } from './seen-frames.js';

export type CloseCounters = {
  readonly closedFrom: (source: 'journal' | 'history') => void;
  readonly notWhole: (reason: NotWhole) => void;
};

/** What closing a run needs. */
export type CloseRunPorts = {
  readonly engine: Engine;
  readonly codecs: readonly PayloadCodec[];
  readonly store: ContentStore;
  readonly versions: Versions;
  readonly reports: Reports;
  readonly seen: SeenFrames;
  /** Undefined: how the journal would close a run is not looked at. */
  readonly audit: CloseAudit | undefined;
  /** Whether runs are closed from the journal, where it is whole. */
  readonly fromJournal: boolean;
  readonly counters: CloseCounters;
  /** FLOWS_PAYLOAD_INLINE_MAX_BYTES. */
  readonly inlineMaxBytes: number;
  readonly atFaultPoint: AtExecutorFaultPoint;
  readonly now: () => number;
  /** Bytes of runs being closed, of all of them. */
  readonly bytes: ByteLimiter;
};
