import {
  assertNever,
  type ExecutionRequested,
  type ExecutionSignaled,
  type TenantQuota,
  type TenantQuotasSet,
} from '@flowplane/contracts';
import { emptyWindow, recordIn, type RateWindow } from './rate-window.js';

export type QuotasState = {
  /** Quotas set for this tenant. */
  set: readonly TenantQuota[];
  /** Accepted starts of the last minute by workspace. */
  readonly starts: Map<string, RateWindow>;
  /** Accepted signals of the last minute by workspace. */
  readonly signals: Map<string, RateWindow>;
};

export const emptyQuotas = (): QuotasState => ({ set: [], starts: new Map(), signals: new Map() });

export function evolveQuotas(
  quotas: QuotasState,
  event: TenantQuotasSet | ExecutionRequested | ExecutionSignaled,
): void {
  switch (event.type) {
    case 'TenantQuotasSet':
      quotas.set = event.data.quotas;
      return;
    case 'ExecutionRequested':
      return countIn(quotas.starts, event);
    case 'ExecutionSignaled':
      return countIn(quotas.signals, event);
    default:
      assertNever(event);
  }
}

function countIn(windows: Map<string, RateWindow>, { meta }: ExecutionRequested | ExecutionSignaled): void {
  const window = windows.get(meta.workspaceId) ?? emptyWindow();
  recordIn(window, meta.occurredAt);
  windows.set(meta.workspaceId, window);
}

export const quotasToJson = ({ set, starts, signals }: QuotasState) => ({
  set,
  starts: [...starts],
  signals: [...signals],
});

export const quotasFromJson = ({ set, starts, signals }: ReturnType<typeof quotasToJson>): QuotasState => ({
  set,
  starts: new Map(starts),
  signals: new Map(signals),
});
