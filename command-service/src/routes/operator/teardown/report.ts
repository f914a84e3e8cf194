/** The steps that follow the fence, in the order in which they are reported (flows-api 14). */
export const STEPS = [
  'executions',
  'flow_versions',
  'flow_schedules',
  'flow_trigger_secrets',
  'flow_trigger_registrations',
  'flow_definitions',
  'flow_trigger_artifacts',
  'templates',
  'template_states',
  'command_records',
  'event_log',
] as const;
export type Step = (typeof STEPS)[number];

/** What a step has found. */
export type StepOutcome =
  | { readonly kind: 'rows'; readonly count: number }
  | { readonly kind: 'skipped'; readonly message: string }
  | { readonly kind: 'error'; readonly message: string };
export type StepOutcomes = Readonly<Record<Step, StepOutcome>>;

type Action = 'removed' | 'would_remove' | 'skipped' | 'would_skip' | 'error';
export type TeardownReport = {
  readonly domain_key: 'workflows';
  readonly status: 'applied' | 'would_apply' | 'error';
  readonly resource_results: readonly {
    readonly resource_type: Step;
    readonly resource_name: string;
    readonly resource_id: string;
    readonly action: Action;
    readonly message: string;
    readonly warnings: readonly string[];
    readonly diff: null;
  }[];
  readonly counts: { readonly removed: number; readonly skipped: number; readonly errors: number };
  readonly message: string | null;
};

export const NO_STORE: StepOutcome = { kind: 'skipped', message: 'there is no such store' };

const hasFailed = (outcomes: StepOutcomes): boolean => STEPS.some((step) => outcomes[step].kind === 'error');

/** The first step that could not be done. */
export const failedStep = (outcomes: StepOutcomes): { readonly step: Step; readonly message: string } | undefined => {
  for (const step of STEPS) {
    const outcome = outcomes[step];
    if (outcome.kind === 'error') return { step, message: outcome.message };
  }
  return undefined;
};

/**
 * The answer to a teardown. Rows go all at once with the purge: where a step has failed they are still there, and their
 * steps say so. `counts.removed` counts rows and runs, the others steps.
 */
export function teardownReport(tenantId: string, outcomes: StepOutcomes, dryRun: boolean): TeardownReport {
  const failed = !dryRun && hasFailed(outcomes);
  const results = STEPS.map((step) => {
    const { action, message, count } = resultOf(step, outcomes[step], dryRun, failed);
    const place = { resource_type: step, resource_name: `tenantId=${tenantId}`, resource_id: tenantId };
    return { result: { ...place, action, message, warnings: [], diff: null }, count };
  });
  const ofKind = (...actions: readonly Action[]): number =>
    results.filter(({ result }) => actions.includes(result.action)).length;
  const counts = {
    removed: results.reduce((sum, { count }) => sum + count, 0),
    skipped: ofKind('skipped', 'would_skip'),
    errors: ofKind('error'),
  };
  return {
    domain_key: 'workflows',
    status: counts.errors > 0 ? 'error' : dryRun ? 'would_apply' : 'applied',
    resource_results: results.map(({ result }) => result),
    counts,
    message: failed ? 'The tenant stays fenced. The same request goes on from here.' : null,
  };
}

function resultOf(
  step: Step,
  outcome: StepOutcome,
  dryRun: boolean,
  failed: boolean,
): { readonly action: Action; readonly message: string; readonly count: number } {
  switch (outcome.kind) {
    case 'error':
      return { action: 'error', message: outcome.message, count: 0 };
    case 'skipped':
      return { action: dryRun ? 'would_skip' : 'skipped', message: outcome.message, count: 0 };
    case 'rows': {
      const { count } = outcome;
      const isRuns = step === 'executions';
      // Runs and schedules end in the drain, before anything else.
      if (failed && !isRuns && step !== 'flow_schedules') {
        return { action: 'skipped', message: `${count} row(s) are kept until every step succeeds`, count: 0 };
      }
      const message = isRuns ? `${count} execution(s) terminated` : `${count} row(s) removed`;
      return { action: dryRun ? 'would_remove' : 'removed', message, count };
    }
  }
}
