import type { Event } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { fold, logged } from '../../test/fold-events.js';
import {
  commandRejected,
  DEFINITION,
  executionClosed,
  executionRequested,
  executionStarted,
  flowCreated,
  makeEvents,
  T0,
  versionPublished,
} from '../../test/sample-events.js';
import { needsOf, type ControlKnown } from './control-batch.js';
import type { FlowRow } from '@flowplane/contracts/read-model';

const scope = { tenantId: 'T', workspaceId: 'W' };
const stored = (over: Partial<FlowRow> = {}): FlowRow => ({
  ...scope,
  flowId: 'F',
  generation: 7,
  birth: 3,
  name: 'stored',
  dslApiVersion: 'v1.0',
  definition: '{"stored":true}',
  definitionYaml: 'stored: true',
  latestVersion: 2,
  revision: 5,
  createdBy: 'bob',
  createdAt: T0,
  updatedAt: T0,
  deletedAt: null,
  ...over,
});
const knowing = (row: FlowRow): Partial<ControlKnown> => ({ flows: new Map([['T:W:F', row]]) });

const updated = (data: { name?: string; definition?: string; definitionYaml?: string }, revision = 6): Event =>
  makeEvents(scope).next('FlowUpdated', 'UpdateFlow', {
    flowId: 'F',
    name: null,
    definition: null,
    definitionYaml: null,
    revision,
    ...data,
  });

describe('flows', () => {
  it('creates a draft whose generation is its offset and whose birth is the offset of its command', () => {
    const created = flowCreated(makeEvents(scope), 'F');
    const { flows } = fold([{ ...created, meta: { ...created.meta, commandOffset: 40 } }]);
    expect(flows).toEqual([
      {
        ...scope,
        flowId: 'F',
        generation: 100,
        birth: 40,
        name: 'flow F',
        dslApiVersion: 'v1.0',
        definition: DEFINITION,
        definitionYaml: null,
        latestVersion: null,
        revision: 1,
        createdBy: 'alice',
        createdAt: T0,
        updatedAt: T0,
        deletedAt: null,
      },
    ]);
  });

  it('changes only what a patch names', () => {
    expect(fold([updated({ name: 'new' })], knowing(stored())).flows).toEqual([
      stored({ name: 'new', revision: 6, updatedAt: T0 }),
    ]);
  });

  it('clears the kept YAML with a definition that comes without', () => {
    const [row] = fold([updated({ definition: '{}' })], knowing(stored())).flows;
    expect(row).toMatchObject({ definition: '{}', definitionYaml: null });
  });

  it('keeps YAML that comes with the definition parsed from it', () => {
    const [row] = fold([updated({ definition: '{}', definitionYaml: '{}' })], knowing(stored())).flows;
    expect(row).toMatchObject({ definition: '{}', definitionYaml: '{}' });
  });

  it('leaves a tombstone without definition, and starts again under the same id', () => {
    const events = makeEvents(scope);
    const deleted = events.next('FlowDeleted', 'DeleteFlow', { flowId: 'F', revision: 5 });
    const [tombstone] = fold([deleted], knowing(stored())).flows;
    expect(tombstone).toMatchObject({ generation: 7, definition: null, definitionYaml: null, deletedAt: T0 });
    const [again] = fold([deleted, flowCreated(events, 'F')], knowing(stored())).flows;
    expect(again).toMatchObject({ generation: 101, deletedAt: null, latestVersion: null, revision: 1 });
  });

  it('does not write a NUL, which the store cannot hold', () => {
    expect(fold([updated({ name: 'a\0b' })], knowing(stored())).flows[0]?.name).toBe('a\uFFFDb');
  });

  it('changes nothing about a flow it does not know', () => {
    expect(fold([updated({ name: 'new' })]).flows).toEqual([]);
  });
});

describe('versions', () => {
  it('pins a version to the generation published, within one batch as across two', () => {
    const events = makeEvents(scope);
    const created = flowCreated(events, 'F');
    const published = versionPublished(events, 'F', 1);
    expect(fold([created, published]).versions).toMatchObject([{ generation: 100, version: 1, triggers: '[]' }]);
    expect(fold([published], knowing(stored())).versions).toMatchObject([{ generation: 7, version: 1 }]);
    expect(fold([published], knowing(stored())).flows).toMatchObject([{ latestVersion: 1, revision: 2 }]);
  });
});

describe('a version that is removed', () => {
  it('is one of the flow as it is then, and nothing of the flow itself changes', () => {
    const events = makeEvents(scope);
    const [created, published] = [flowCreated(events, 'F'), versionPublished(events, 'F', 1)];
    const archived = events.next('FlowVersionArchived', 'ArchiveFlowVersion', { flowId: 'F', version: 1 });
    const row = { tenantId: 'T', workspaceId: 'W', flowId: 'F', version: 1, archivedAt: archived.meta.occurredAt };
    expect(fold([created, published, archived]).archivedVersions).toEqual([{ ...row, generation: 100 }]);
    const changes = fold([archived], { ...knowing(stored()), flows: new Map(), generations: new Map([['T:W:F', 7]]) });
    expect(changes).toMatchObject({ archivedVersions: [{ ...row, generation: 7 }], flows: [], versions: [] });
    expect(changes.audit).toMatchObject([{ eventType: 'flow.version_archived', flowId: 'F', flowVersion: '1' }]);
  });
});

describe('executions', () => {
  const id = 'T:W:F:1';

  it('writes a run that is requested, started and closed in one batch once, as it ends', () => {
    const events = makeEvents(scope);
    const changes = fold([
      flowCreated(events, 'F'),
      executionRequested(events, 'F', id),
      executionStarted(events, 'F', id),
      executionClosed(events, 'F', id, { closedAt: T0 + 9 }),
    ]);
    expect(changes.changedExecutions).toEqual([]);
    expect(changes.createdExecutions).toMatchObject([
      {
        executionId: id,
        generation: 100,
        status: 'Completed',
        startedAt: T0 + 7,
        closedAt: T0 + 9,
        resultJson: '{"status":"completed"}',
        createdOffset: 101,
      },
    ]);
  });

  it('changes a run of an earlier batch, and leaves what the batch does not say', () => {
    const events = makeEvents(scope);
    const cancel = events.next('ExecutionCancelRequested', 'CancelExecution', {
      flowId: 'F',
      executionId: id,
      version: 1,
    });
    const changes = fold([executionStarted(events, 'F', id), cancel]);
    expect(changes.createdExecutions).toEqual([]);
    expect(changes.changedExecutions).toEqual([
      {
        executionId: id,
        status: 'Running',
        cancelRequested: true,
        startedAt: T0 + 7,
        closedAt: null,
        resultJson: null,
        resultRef: null,
        failureCode: null,
        failureMessage: null,
        failureNodeId: null,
        nodesJson: null,
        nodesRef: null,
      },
    ]);
  });

  it('keeps failure and stored values of a failed run', () => {
    const closed = executionClosed(makeEvents(scope), 'F', id, {
      status: 'Failed',
      result: null,
      failure: { nodeId: 'charge', code: 'FUNCTION_ERROR', message: 'broke\0n' },
      nodes: { json: null, ref: 'abc', sizeBytes: 200_000 },
    });
    expect(fold([closed]).changedExecutions).toMatchObject([
      {
        status: 'Failed',
        failureNodeId: 'charge',
        failureCode: 'FUNCTION_ERROR',
        failureMessage: 'broke\uFFFDn',
        nodesJson: null,
        nodesRef: 'abc',
      },
    ]);
  });
});

describe('commands', () => {
  it('records a start with the run whose present status belongs to it', () => {
    const [command] = fold([executionRequested(makeEvents(scope), 'F', 'T:W:F:1')]).commands;
    expect(command).toMatchObject({
      type: 'execution.start',
      status: 'accepted',
      httpStatus: 201,
      partition: 3,
      positionOffset: 101,
      executionId: 'T:W:F:1',
      decidedAt: T0,
      submittedAt: T0 - 5,
    });
    expect(JSON.parse(command?.result ?? '')).toMatchObject({ runId: '1', version: 1, status: 'Pending' });
  });

  it('gives create and patch the flow as of that command, not as of the batch', () => {
    const events = makeEvents(scope);
    const created = flowCreated(events, 'F');
    const second = events.next('FlowUpdated', 'UpdateFlow', {
      flowId: 'F',
      name: 'second',
      definition: null,
      definitionYaml: null,
      revision: 2,
    });
    const { commands } = fold([created, second]);
    const results = commands.map(({ result }) => JSON.parse(result ?? '') as Record<string, unknown>);
    expect(results[0]).toEqual({
      flowId: 'F',
      name: 'flow F',
      status: 'draft',
      dslApiVersion: 'v1.0',
      definitionYaml: null,
      definition: JSON.parse(DEFINITION),
      latestVersion: null,
      revision: 1,
      createdBy: 'alice',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(results[1]).toMatchObject({ name: 'second', revision: 2 });
  });

  it('records a refusal with its error body', () => {
    const [command] = fold([commandRejected(makeEvents(scope), 404, 'VERSION_NOT_FOUND')]).commands;
    expect(command).toMatchObject({ status: 'rejected', httpStatus: 404, result: null });
    expect(JSON.parse(command?.error ?? '')).toEqual({ code: 'VERSION_NOT_FOUND', message: 'no' });
  });

  it('counts the events of a command into its position, and takes its first event as the outcome', () => {
    const events = makeEvents(scope);
    const both = { commandId: 'c', count: 2 };
    const cancel = { flowId: 'F', executionId: 'T:W:F:1', version: 1 };
    const { commands } = fold([
      events.next('ExecutionCancelRequested', 'CancelExecution', cancel, { ...both, index: 0 }),
      executionClosed(events, 'F', 'T:W:F:1'),
    ]);
    expect(commands).toMatchObject([
      { commandId: 'c', type: 'execution.cancel', positionOffset: 102, httpStatus: 202 },
    ]);
  });

  it('leaves a stale publish pending until its next attempt is decided', () => {
    const events = makeEvents(scope);
    const stale = events.next('CommandStale', 'PublishFlow', { flowId: 'F', revision: 2 }, { commandId: 'p' });
    expect(fold([stale]).commands).toMatchObject([
      { commandId: 'p', status: 'pending', httpStatus: null, result: null },
    ]);
    const published = events.next(
      'FlowVersionPublished',
      'PublishFlow',
      {
        flowId: 'F',
        version: 3,
        revision: 6,
        definition: '{}',
        definitionYaml: null,
        dslApiVersion: 'v1.0',
        triggers: [],
      },
      { commandId: 'p', attempt: 2 },
    );
    const { commands } = fold([stale, published], knowing(stored()));
    expect(commands).toMatchObject([{ commandId: 'p', status: 'accepted', httpStatus: 201, positionOffset: 102 }]);
  });

  it('gives a repeat the outcome of the original, of the same batch or an earlier one', () => {
    const events = makeEvents(scope);
    const original = executionRequested(events, 'F', 'T:W:F:1', { commandId: 'one' });
    const repeat = events.next(
      'CommandAcknowledged',
      'StartExecution',
      { reason: 'replay', originalCommandId: 'one', executionId: null },
      { commandId: 'two' },
    );
    const [first, second] = fold([original, repeat]).commands;
    expect(second).toMatchObject({
      commandId: 'two',
      status: 'accepted',
      httpStatus: 201,
      executionId: 'T:W:F:1',
      result: first?.result,
      positionOffset: 102,
    });
    expect(needsOf(logged([repeat])).outcomes).toEqual(new Set(['one']));
    const known = {
      ...({ status: 'accepted', httpStatus: 201, result: '{"a":1}', error: null, executionId: null } as const),
      ...{ secretIds: ['s'], actorId: 'alice' },
    };
    expect(fold([repeat], { outcomes: new Map([['one', known]]) }).commands).toMatchObject([
      { commandId: 'two', httpStatus: 201, result: '{"a":1}', secretIds: ['s'] },
    ]);
    // Secrets that a publish made are for its own actor.
    expect(fold([repeat], { outcomes: new Map([['one', { ...known, actorId: 'bob' }]]) }).commands).toMatchObject([
      { commandId: 'two', result: '{"a":1}', secretIds: [] },
    ]);
  });

  it('has no rows for what the executor records about itself', () => {
    expect(fold([executionStarted(makeEvents(scope), 'F', 'T:W:F:1')]).commands).toEqual([]);
  });
});
