import { decodeMessage } from '@flowplane/contracts';
import type { EngineTimes } from '../baseline/engine-baseline.js';
import { percentile } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import type { LogAccess } from './log-access.js';

/** A run of ours that was measured; times in epoch ms, all by the clock of one machine. */
export type MeasuredStart = EngineTimes & { readonly executionId: string; readonly sentAt: number };
export type MeasuredRun = MeasuredStart & { readonly notifiedAt: number };

/** What lies between the cause of a run and its first activity. */
const START_STEPS = {
  command: 'until the command is appended',
  decision: 'until its decision is appended',
  start: 'until the engine has the start',
  activity: 'until the first activity',
} as const;
/** And from there to the notification of its end in the read model. */
const END_STEPS = {
  engineEnd: 'from the first activity to the end in the engine',
  closeCommand: 'until the command that closes it is appended',
  closeDecision: 'until that is decided',
  notified: 'until its end is notified',
} as const;
const STEP_NAMES = { ...START_STEPS, ...END_STEPS };
type Step = keyof typeof STEP_NAMES;

/** Medians in ms, each from the step before. */
export type StepTimes = Readonly<Partial<Record<Step, number>>>;

/** Where the time of measured starts went, by the timestamps of their records in the log. @throws when one is not there */
export async function startSteps(log: LogAccess, runs: readonly MeasuredStart[]): Promise<StepTimes> {
  const decided = await decisions(log, 'ExecutionRequested');
  return medians(runs.map((run) => startOf(run, decided)));
}

/** The same, up to the notification of the end. */
export async function runSteps(log: LogAccess, runs: readonly MeasuredRun[]): Promise<StepTimes> {
  const [started, closed] = [await decisions(log, 'ExecutionRequested'), await decisions(log, 'ExecutionClosed')];
  return medians(
    runs.map((run) => {
      const { commandAt, decidedAt } = closed(run.executionId);
      return {
        ...startOf(run, started),
        engineEnd: run.endedAt - run.firstActivityAt,
        closeCommand: commandAt - run.endedAt,
        closeDecision: decidedAt - commandAt,
        notified: run.notifiedAt - decidedAt,
      };
    }),
  );
}

function startOf({ executionId, sentAt, startedAt, firstActivityAt }: MeasuredStart, decided: DecisionOf) {
  const { commandAt, decidedAt } = decided(executionId);
  return {
    command: commandAt - sentAt,
    decision: decidedAt - commandAt,
    start: startedAt - decidedAt,
    activity: firstActivityAt - startedAt,
  };
}

type DecisionOf = (executionId: string) => { readonly commandAt: number; readonly decidedAt: number };

/** When the events of one type, and the commands that led to them, were appended, by run. */
async function decisions(log: LogAccess, type: 'ExecutionRequested' | 'ExecutionClosed'): Promise<DecisionOf> {
  const decided = new Map<string, { readonly at: number; readonly commandId: string }>();
  await log.each('events', ({ value, timestamp: at }) => {
    const message = value === null ? undefined : decodeMessage(value);
    if (message?.kind !== 'event' || message.event.type !== type) return;
    decided.set(message.event.data.executionId, { at, commandId: message.event.meta.commandId });
  });
  const appended = new Map<string, number>();
  await log.each('commands', ({ value, timestamp }) => {
    const message = value === null ? undefined : decodeMessage(value);
    if (message?.kind === 'command') appended.set(message.command.meta.commandId, timestamp);
  });
  return (executionId) => {
    const decision = decided.get(executionId);
    const commandAt = appended.get(decision?.commandId ?? '');
    if (decision === undefined || commandAt === undefined) throw new Error(`the log has no ${type} of ${executionId}`);
    return { commandAt, decidedAt: decision.at };
  };
}

function medians(times: readonly StepTimes[]): StepTimes {
  const steps = Object.keys(times[0] ?? {}) as Step[];
  return Object.fromEntries(
    steps.map((step) => [
      step,
      percentile(
        times.map((time) => time[step] ?? 0),
        0.5,
      ),
    ]),
  );
}

/** @param last the step at which the measured time ends; default: that of the last one that was measured */
export function stepFigures(row: string, measured: readonly StepTimes[], last?: Step): readonly Figure[] {
  const all = (Object.keys(STEP_NAMES) as Step[]).filter((step) => measured[0]?.[step] !== undefined);
  const shown = last === undefined ? all : all.slice(0, all.indexOf(last) + 1);
  return shown.map((step) => ({
    ...{ row, name: `of it, ${STEP_NAMES[step]}, p50`, unit: 'ms', aim: null },
    samples: measured.map((times) => ({ ours: times[step] ?? 0, baseline: null })),
  }));
}
