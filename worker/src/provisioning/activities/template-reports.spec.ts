import { decodeMessage, TEMPLATE_WORKSPACE, type Command } from '@flowplane/contracts';
import type { BatchProducer, OutgoingRecord } from '@flowplane/plumbing/kafka';
import { expect, it } from 'vitest';
import { vouchedEnvelope } from '../../shared/vouch.js';
import { makeTemplateReports } from './template-reports.js';

const ids = { tenantId: 'T', workspaceId: TEMPLATE_WORKSPACE, flowId: 't1', flowVersion: 'template' };
const RUN = {
  envelope: vouchedEnvelope('s'.repeat(32), { ...ids, executionId: `T:${TEMPLATE_WORKSPACE}:t1:p1` }),
  origin: { correlationId: 'c', traceparent: null },
};
const model = (step: string) => ({
  ...{ workflow_step_name: step, workflow_step_id: 'm', resource_type: 'model_id', resource_id: 'M1' },
});

const commandIn = ({ value }: OutgoingRecord): Command | undefined => {
  const message = decodeMessage(value as Buffer);
  return message.kind === 'command' ? message.command : undefined;
};

it('what one step has made is appended together: a model that was deployed with its registration is two resources', async () => {
  const appended: (readonly OutgoingRecord[])[] = [];
  const producer = {
    append: () => Promise.reject(new Error('a record alone')),
    appendAll: (records: readonly OutgoingRecord[]) => Promise.resolve(void appended.push(records)),
  } as unknown as BatchProducer;
  const logger = { warn: () => undefined };
  const reports = makeTemplateReports({ producer, partitions: 4, source: 'test', now: Date.now, logger });
  const resources = [model('register_remote_model'), model('deploy_model')];
  await reports.created(RUN, resources, new AbortController().signal);
  expect(appended).toHaveLength(1);
  const commands = (appended[0] ?? []).map(commandIn);
  expect(commands.map((command) => command?.data)).toMatchObject(resources.map((resource) => ({ resource })));
  expect(new Set(commands.map((command) => command?.meta.commandId)).size).toBe(2);
});
