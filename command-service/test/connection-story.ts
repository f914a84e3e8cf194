import type { Command, CommandMeta, ConnectionKind, PutConnection } from '@flowplane/contracts';
import { metaOf } from './decider-specification.js';

type Meta = Partial<CommandMeta>;

export const put = (
  name: string,
  data: Partial<PutConnection['data']> = {},
  meta: Meta = {},
  kind: ConnectionKind = 'http',
): Command => ({
  type: 'PutConnection',
  meta: metaOf(meta),
  data: {
    ...{ name, kind, endpoint: '{"url":"https://crm.example.com/"}' },
    ...{ secretId: 's1', fingerprint: 'p1', maxConnections: 3, ...data },
  },
});

export const removeConnection = (name: string, meta: Meta = {}): Command => ({
  type: 'DeleteConnection',
  meta: metaOf(meta),
  data: { name },
});

/** A definition whose tasks name these connections. */
export const naming = (...names: readonly unknown[]): string =>
  JSON.stringify({
    nodes: names.map((connection, index) => ({
      ...{ id: `t${index}`, type: 'task', taskType: 'http.request' },
      input: { url: 'x', connection },
    })),
  });
