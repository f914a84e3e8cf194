import type { Event } from '@flowplane/contracts';
import { foldControl, type ControlKnown } from '../src/domain/control-batch.js';
import type { LoggedEvent } from '../src/domain/logged-event.js';

/** What read models know that are empty. */
export const NOTHING_KNOWN: ControlKnown = {
  flows: new Map(),
  schedules: new Map(),
  generations: new Map(),
  outcomes: new Map(),
  denials: new Map(),
  webhooks: new Map(),
  templates: new Map(),
};

/** Events as they lie in one partition, from an offset on. */
export const logged = (
  events: readonly Event[],
  { partition = 3, from = 100 }: { readonly partition?: number; readonly from?: number } = {},
): readonly LoggedEvent[] => events.map((message, index) => ({ partition, offset: from + index, message }));

/** What a batch of events changes. */
export const fold = (events: readonly Event[], known: Partial<ControlKnown> = {}) =>
  foldControl(logged(events), { ...NOTHING_KNOWN, ...known });
