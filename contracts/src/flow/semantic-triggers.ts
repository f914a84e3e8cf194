import { parseCron } from './cron.js';
import { firesTooSoon } from './cron-interval.js';
import type { FlowDefinition, Trigger } from './document.js';
import { characterCount } from './expression/cel-text.js';
import type { ExpressionLimits } from './expression/compile.js';
import { expressionFault } from './semantic-expressions.js';
import type { SemanticFinding } from './semantic-finding.js';
import { canonicalZone } from './time-zone.js';
import { effectiveTriggerOptions } from './trigger-options.js';

/** A fault of one trigger: its reason and the member an editor would mark. */
type Fault = {
  readonly member: string;
  readonly reason: string;
};

/** E007 (flow-language 3.5), per trigger by member: schedule, event type, path, options, filter, dedupe key. */
export function badTriggers(
  { triggers = [] }: FlowDefinition,
  limits: ExpressionLimits,
  cronMinIntervalMs = DEFAULT_CRON_MIN_INTERVAL_MS,
): SemanticFinding[] {
  const firstUse = firstWebhookPerPath(triggers);
  const tooOften = firstTooOften(triggers, cronMinIntervalMs);
  return triggers.flatMap((trigger, index) =>
    [
      ...kindFaults(trigger, firstUse.get(webhookPath(trigger)) !== index),
      ...catchupFaults(trigger),
      ...scheduleConflicts(trigger, index, triggers),
      ...(index === tooOften ? [tooOftenFault(cronMinIntervalMs)] : []),
      ...expressionFaults(trigger, limits),
    ].map(({ member, reason }) => ({
      code: 'FLW-E007' as const,
      nodeId: `triggers[${index}]`,
      message: `triggers[${index}]: ${reason}.`,
      pointer: `/triggers/${index}${trigger[member as keyof Trigger] === undefined ? '' : `/${member}`}`,
    })),
  );
}

/** FLOWS_CRON_MIN_INTERVAL, ms: what cron expressions can say at all. */
export const DEFAULT_CRON_MIN_INTERVAL_MS = 1000;

/** Index of a cron trigger that, alone or with those before it, fires more often than allowed. */
function firstTooOften(triggers: readonly Trigger[], minIntervalMs: number): number | undefined {
  const crons = [...triggers.entries()].flatMap(([index, { kind, schedule }]) => {
    const parsed = kind === 'cron' ? parseCron(schedule ?? '') : undefined;
    return parsed?.ok === true ? [{ index, schedule: parsed.schedule }] : [];
  });
  const found = firesTooSoon(
    crons.map(({ schedule }) => schedule),
    Math.ceil(minIntervalMs / 1000),
  );
  return found === undefined ? undefined : crons[found]?.index;
}

const tooOftenFault = (minIntervalMs: number): Fault => ({
  member: 'schedule',
  reason: `schedule fires more often than every ${minIntervalMs / 1000} s, alone or with those before it`,
});

/** Index of the first webhook trigger of every path: the later ones are duplicates. */
function firstWebhookPerPath(triggers: readonly Trigger[]): Map<string, number> {
  const webhooks = [...triggers.entries()].filter(([, { kind }]) => kind === 'webhook');
  return new Map(webhooks.reverse().map(([index, trigger]) => [webhookPath(trigger), index]));
}

function kindFaults(trigger: Trigger, pathTaken: boolean): Fault[] {
  switch (trigger.kind) {
    case 'cron':
      return faultOf('schedule', cronFault(trigger.schedule));
    case 'platform-event':
      return faultOf('eventType', eventTypeFault(trigger.eventType));
    case 'webhook':
      return faultOf('path', pathFault(webhookPath(trigger), pathTaken));
  }
}

function faultOf(member: string, reason: string | undefined): Fault[] {
  return reason === undefined ? [] : [{ member, reason }];
}

function cronFault(schedule: string | undefined): string | undefined {
  if (schedule === undefined) {
    return 'schedule is required';
  }
  const parsed = parseCron(schedule);
  return parsed.ok ? undefined : parsed.reason;
}

/** Legal event types; the bound keeps the topic `evt.<workspace>.<type>` within 249 characters. */
export const EVENT_TYPE_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,159}$/;

function eventTypeFault(eventType: string | undefined): string | undefined {
  if (eventType === undefined) {
    return 'eventType is required';
  }
  return EVENT_TYPE_PATTERN.test(eventType) ? undefined : `eventType must match ${EVENT_TYPE_PATTERN.source}`;
}

/** Path of a webhook trigger; an absent one counts as `default`. */
export function webhookPath(trigger: Pick<Trigger, 'path'>): string {
  return trigger.path ?? 'default';
}

function pathFault(path: string, taken: boolean): string | undefined {
  const length = characterCount(path);
  if (length < 1 || length > 200) {
    return 'path must have 1 to 200 characters';
  }
  if (/\p{Cc}/u.test(path)) {
    return 'path must not contain control characters';
  }
  // Two of them would differ here and nowhere else: in UTF-8 they are equal.
  if (/\p{Surrogate}/u.test(path)) {
    return 'path must not contain half of a surrogate pair';
  }
  return taken ? `path '${path}' is used by an earlier webhook trigger` : undefined;
}

function catchupFaults({ options }: Trigger): Fault[] {
  return effectiveTriggerOptions(options).catchupWindowMs === undefined
    ? [
        {
          member: 'options',
          reason: `options.catchupWindow '${options?.catchupWindow ?? ''}' is not a duration, such as 5m or PT5M`,
        },
      ]
    : [];
}

/** All cron triggers of a document share one schedule: each must agree with the first. */
function scheduleConflicts(trigger: Trigger, index: number, triggers: readonly Trigger[]): Fault[] {
  const first = triggers.findIndex(({ kind }) => kind === 'cron');
  const leader = triggers[first];
  if (trigger.kind !== 'cron' || leader === undefined || index === first) {
    return [];
  }
  const own = effectiveTriggerOptions(trigger.options);
  const shared = effectiveTriggerOptions(leader.options);
  const zones = [leader, trigger].map(({ schedule }) => zoneOf(schedule));
  return [
    ...(own.overlap === shared.overlap && own.catchupWindowMs === shared.catchupWindowMs
      ? []
      : [{ member: 'options', reason: `options must equal those of triggers[${first}]` }]),
    ...(zones[0] === undefined || zones[1] === undefined || zones[0] === zones[1]
      ? []
      : [{ member: 'schedule', reason: `time zone must equal that of triggers[${first}]` }]),
  ];
}

function zoneOf(schedule: string | undefined): string | undefined {
  const parsed = schedule === undefined ? undefined : parseCron(schedule);
  return parsed?.ok === true ? canonicalZone(parsed.schedule.timezone) : undefined;
}

const TRIGGER_SCOPE = { nodeIds: undefined, roots: new Set(['event', 'headers']) };

function expressionFaults(trigger: Trigger, limits: ExpressionLimits): Fault[] {
  return (['filter', 'dedupeKey'] as const).flatMap((member) => {
    const text = trigger[member];
    if (text === undefined) {
      return [];
    }
    if (trigger.kind === 'cron') {
      return [{ member, reason: `${member} is not allowed on a cron trigger` }];
    }
    const fault = expressionFault(text, TRIGGER_SCOPE, limits);
    return faultOf(member, fault === undefined ? undefined : `${member}: ${fault}`);
  });
}
