import { describe, expect, it } from 'vitest';
import { manualExecutionId, parseExecutionId } from './execution-id.js';

describe('parseExecutionId', () => {
  it.each([
    ['T:W:F:3f2c', 'F', '3f2c'],
    ['T:W:F:wh-F_webhook_orders-d1', 'F', 'wh-F_webhook_orders-d1'],
    ['T:W:F:pe:F:platform-event:x:evt.W.x:3:41', 'F', 'pe:F:platform-event:x:evt.W.x:3:41'],
    ['T:W:F-workflow-2026-06-22T12:00:00Z', 'F', '2026-06-22T12:00:00Z'],
    ['T:W:a.b_c-d:1', 'a.b_c-d', '1'],
  ])('splits %s', (id, flowId, runId) => {
    expect(parseExecutionId(id)).toEqual({ tenantId: 'T', workspaceId: 'W', flowId, runId });
  });
  it.each(['', 'T', 'T:W', 'T:W:', 'T:W:F', ':W:F:1', 'T::F:1', 'T:W::1', 'T:W:F:'])('owns nothing for %j', (id) => {
    expect(parseExecutionId(id)).toBeUndefined();
  });
  it('reads back what is made for manual runs', () => {
    expect(parseExecutionId(manualExecutionId('t', 'w', 'f', 'u'))).toEqual({
      tenantId: 't',
      workspaceId: 'w',
      flowId: 'f',
      runId: 'u',
    });
  });
});
