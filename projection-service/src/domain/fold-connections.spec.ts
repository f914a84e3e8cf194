import { describe, expect, it } from 'vitest';
import { fold } from '../../test/fold-events.js';
import { connectionPut, connectionRemoved, makeEvents, T0 } from '../../test/sample-events.js';

const make = () => makeEvents({ tenantId: 'acme', workspaceId: 'W' });
const KEY = 'acme:W:crm';

describe('connections', () => {
  it('are as they were put last', () => {
    const events = make();
    const superseded = [{ secretId: 'crm.0', until: T0 + 5 }];
    const { connections, commands } = fold([
      connectionPut(events, 'crm'),
      connectionPut(events, 'crm', { version: 2, secretId: null, fingerprint: null, rotatedBy: 'b\0b', superseded }),
    ]);
    expect([...connections]).toEqual([
      [
        KEY,
        {
          ...{ tenantId: 'acme', workspaceId: 'W', name: 'crm', kind: 'llm', version: 2, logOffset: 101 },
          ...{ endpoint: '{"url":"https://llm.example.com/"}', secretId: null, fingerprint: null },
          ...{ createdAt: T0, rotatedAt: T0, rotatedBy: 'b\uFFFDb', superseded: JSON.stringify(superseded) },
        },
      ],
    ]);
    expect(commands.map(({ httpStatus, type }) => [httpStatus, type])).toEqual([
      [201, 'connection.put'],
      [200, 'connection.put'],
    ]);
    const shown = JSON.parse(commands[1]?.result ?? '') as object;
    expect(Object.keys(shown).toSorted()).toEqual(
      ['createdAt', 'endpoint', 'fingerprint', 'kind', 'name', 'rotatedAt', 'rotatedBy', 'version'].toSorted(),
    );
  });

  it('go when they are removed, and come back under the same name', () => {
    const events = make();
    const put = connectionPut(events, 'crm');
    expect([...fold([put, connectionRemoved(events, 'crm')]).connections]).toEqual([[KEY, null]]);
    expect([...fold([connectionRemoved(events, 'crm'), put]).connections]).toMatchObject([[KEY, { version: 1 }]]);
  });

  it('of other workspaces are others', () => {
    const other = makeEvents({ tenantId: 'acme', workspaceId: 'V' });
    expect(fold([connectionPut(make(), 'crm'), connectionPut(other, 'crm')]).connections.size).toBe(2);
  });
});
