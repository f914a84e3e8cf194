import { describe, expectTypeOf, it } from 'vitest';
import type { Command, Event, EventOf, Frame, NodeFrame } from './index.js';

// What is expected here the compiler checks (`tsc -b`): a line below `@ts-expect-error` that compiles is an error.
const meta = {} as Command['meta'] & Event['meta'];

describe('the types of messages are those of their schemas', () => {
  it('compiles a message that fits its schema', () => {
    const command: Command = { type: 'DeleteFlow', meta, data: { flowId: 'f', expectedRevision: null } };
    expectTypeOf(command.data).toEqualTypeOf<{ readonly flowId: string; readonly expectedRevision: number | null }>();
    expectTypeOf<EventOf<'CommandAcknowledged'>['data']>().toEqualTypeOf<{
      readonly reason: 'replay' | 'already' | 'duplicate';
      readonly originalCommandId: string | null;
      readonly executionId: string | null;
    }>();
    expectTypeOf<NodeFrame['error']>().toEqualTypeOf<{
      readonly code: string | null;
      readonly message: string;
      readonly stack: string | null;
    } | null>();
  });

  it('does not compile a message without a schema', () => {
    // @ts-expect-error no schema has this name
    const command: Command = { type: 'RenameFlow', meta, data: { flowId: 'f' } };
    // @ts-expect-error no schema has this name
    const event: Event = { type: 'FlowRenamed', meta, data: { flowId: 'f' } };
    // @ts-expect-error no schema has this name
    const frame: Frame = { type: 'LineFrame', data: { flowId: 'f' } };
    expectTypeOf([command, event, frame]).toBeArray();
  });

  it('does not compile a message with a member that is missing, added or of another type', () => {
    // @ts-expect-error expectedRevision is missing
    const missing: Command = { type: 'DeleteFlow', meta, data: { flowId: 'f' } };
    // @ts-expect-error the schema has no such member
    const added: Command = { type: 'PauseSchedule', meta, data: { flowId: 'f', note: null, until: 1 } };
    // @ts-expect-error the schema has a number
    const other: Event = { type: 'FlowDeleted', meta, data: { flowId: 'f', revision: '1' } };
    // @ts-expect-error not one of the reasons
    const reason: EventOf<'CommandAcknowledged'>['data']['reason'] = 'whatever';
    expectTypeOf([missing, added, other, reason]).toBeArray();
  });
});
