import { sameResource, type Command, type Event, type TemplateResource } from '@flowplane/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextAt, T0, take } from '../../../test/decider-specification.js';
import {
  createTemplate,
  deleteTemplate,
  deprovision,
  deprovisioned,
  index,
  nodeStarted,
  provision,
  provisioned,
  resourceCreated,
  resourceRemoved,
  updateTemplate,
} from '../../../test/template-story.js';
import { evolve } from '../decider.js';
import { emptyTenantState, stateFromJson, stateToJson, type TenantState } from '../tenant-state.js';

const templateId = fc.constantFrom('t1', 't1', 't1', 't2');
const run = fc.constantFrom('r1', 'r2', 'r3');
const name = fc.constantFrom('a', 'b', 'c', 'd');
const names = fc.subarray(['a', 'b', 'c', 'd']);
const flag = fc.boolean();
const maxActive = fc.constantFrom(null, null, 1);
const action = fc.constantFrom('provision', 'provision', 'reprovision', 'resume');
/** Without a status: the engine has lost the run. */
const LOST = 'lost';
/** Replaced by the revision that the template has when its turn comes. */
const CURRENT = -7;

/** Of what a command stores, or none. */
const storedRun = fc.tuple(run, maxActive, fc.boolean()).map(
  ([id, max, isAsked]) =>
    (template: string) =>
      isAsked
        ? {
            ...{ executionId: `p-${template}-${id}`, plan: '{}', taskPollMs: 5000, secretIds: [] },
            ...{ maxActive: max, verdict: null },
          }
        : null,
);

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(templateId, storedRun)
      .map(([id, provisioning]) => createTemplate(id, { provision: provisioning(id) })),
  },
  fc.tuple(templateId, fc.constantFrom('whole', 'fields')).map(([id, scope]) => updateTemplate(id, { scope })),
  fc.tuple(templateId, storedRun).map(([id, provisioning]) => updateTemplate(id, { provision: provisioning(id) })),
  fc.tuple(templateId, flag).map(([id, clearStatus]) => deleteTemplate(id, { clearStatus })),
  {
    weight: 6,
    arbitrary: fc.tuple(run, templateId, action, maxActive).map(([id, template, what, max]) =>
      provision(`p-${template}-${id}`, {
        ...{ templateId: template, action: what, maxActive: max },
        ...{ templateRevision: CURRENT, template: what === 'reprovision' ? '{}' : null },
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(run, templateId, maxActive)
      .map(([id, template, max]) => deprovision(`d-${template}-${id}`, { templateId: template, maxActive: max })),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(name, run, templateId).map(([what, id, t]) => nodeStarted(`p-${t}-${id}`, `make-${what}`, t)),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(name, run, templateId).map(([what, id, t]) => resourceCreated(what, `p-${t}-${id}`, t)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(name, run, templateId).map(([what, id, t]) => resourceRemoved(what, `d-${t}-${id}`, t)),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(run, templateId, fc.constantFrom('COMPLETED', 'FAILED'))
      .map(([id, t, status]) =>
        provisioned(`p-${t}-${id}`, { templateId: t, status, error: status === 'FAILED' ? LOST : null }),
      ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(run, templateId, names)
      .map(([id, t, removed]) => deprovisioned(`d-${t}-${id}`, { templateId: t, removed: removed.map(index) })),
  },
);
const stories = fc.array(anyCommand, { maxLength: 80, size: 'max' });

function play(commands: readonly Command[]): { readonly events: readonly Event[]; readonly state: TenantState } {
  const state = emptyTenantState();
  const events = commands.flatMap((given, offset) => {
    const meta = { ...given.meta, commandId: `command/${offset}` };
    const command = { ...given, meta, data: withRevision(state, given) } as Command;
    return take(state, command, contextAt(T0, {}, offset)).events;
  });
  return { events, state };
}

function withRevision(state: TenantState, { type, data }: Command): Command['data'] {
  if (type !== 'ProvisionTemplate' || data.templateRevision !== CURRENT) return data;
  return { ...data, templateRevision: state.templates.templates.get(data.templateId)?.revision ?? 0 };
}

/** What exists by the events alone: what was made, less what was removed. */
function existing(events: readonly Event[], id: string): readonly TemplateResource[] {
  let resources: readonly TemplateResource[] = [];
  const without = (gone: TemplateResource) => resources.filter((one) => !sameResource(one, gone));
  for (const event of events) {
    if (!('templateId' in event.data) || event.data.templateId !== id) continue;
    if (event.type === 'ResourceCreated') resources = [...resources, event.data.resource];
    if (event.type === 'ResourceRemoved') resources = without(event.data.resource);
    if (event.type === 'DeprovisioningFinished') resources = event.data.remaining;
    if (event.type === 'TemplateDeleted' && event.data.stateCleared) resources = [];
  }
  return resources;
}

test('a template lists what was made and not removed, at any point of any story', () => {
  fc.assert(
    fc.property(stories, (commands) => {
      const { events, state } = play(commands);
      for (const id of ['t1', 't2']) {
        expect(state.templates.templates.get(id)?.resources ?? []).toEqual(existing(events, id));
      }
    }),
  );
});

test('a template has at most one run of a kind, and none begins while another changes its resources', () => {
  fc.assert(
    fc.property(stories, (commands) => {
      const open = new Map<string, { provisioning: boolean; deprovisioning: boolean }>();
      for (const event of play(commands).events) {
        if (!('templateId' in event.data)) continue;
        const runs = open.get(event.data.templateId) ?? { provisioning: false, deprovisioning: false };
        open.set(event.data.templateId, runs);
        if (event.type === 'ProvisioningRequested') {
          expect(runs).toEqual({ provisioning: false, deprovisioning: false });
          runs.provisioning = true;
        }
        if (event.type === 'ProvisioningFinished') {
          expect(event.data.next !== null).toBe(runs.deprovisioning);
          runs.provisioning = false;
        }
        if (event.type === 'DeprovisioningRequested') {
          expect(runs.deprovisioning).toBe(false);
          expect(event.data.ends !== null).toBe(runs.provisioning);
          runs.deprovisioning = true;
        }
        if (event.type === 'DeprovisioningFinished') runs.deprovisioning = false;
        if (event.type === 'TemplateDeleted' && event.data.stateCleared) {
          expect(runs).toEqual({ provisioning: false, deprovisioning: false });
        }
      }
    }),
  );
});

test('what a lost run has begun is a resource of the template, or unsure', () => {
  fc.assert(
    fc.property(stories, (commands) => {
      const begun = new Map<string, Set<string>>();
      for (const event of play(commands).events) {
        if (event.type === 'ProvisioningRequested') begun.set(event.data.templateId, new Set());
        if (event.type === 'ProvisioningNodeStarted') begun.get(event.data.templateId)?.add(event.data.nodeId);
        if (event.type === 'ResourceCreated') {
          begun.get(event.data.templateId)?.delete(event.data.resource.workflow_step_id);
        }
        if (event.type === 'ProvisioningFinished' && event.data.status === 'FAILED') {
          const unsure = event.data.unsure.map(({ workflow_step_id: id }) => id);
          expect(unsure).toEqual([...(begun.get(event.data.templateId) ?? [])]);
        }
      }
    }),
  );
});

test('a snapshot in between changes nothing', () => {
  fc.assert(
    fc.property(stories, fc.nat(80), (commands, cut) => {
      const { events, state } = play(commands);
      const before = events.slice(0, cut).reduce(evolve, emptyTenantState());
      const resumed = events.slice(cut).reduce(evolve, stateFromJson(stateToJson(before)));
      expect(stateToJson(resumed)).toEqual(stateToJson(state));
    }),
  );
});
