import { identityHeaders, workspacePath } from './api-client.js';
import { openLightConnection, requestBytes, type LightConnection } from './light-connection.js';
import { ASYNC } from './published-flow.js';

/** What became of a start that was offered: `accepted`, the code of a refusal, or how the connection failed. */
export type Offered = { readonly code: string; readonly hasRetryAfter: boolean };

/** Offers starts of one tenant's flow over a fixed number of connections. */
export type StartLoad = {
  /** Waits for a free connection, in order, then sends. Never throws. */
  readonly offer: () => Promise<Offered>;
  readonly close: () => void;
};

/** @param startPath as `publishMeasuredFlow` returned it */
export async function openStartLoad(
  url: string,
  tenantId: string,
  startPath: string,
  connections: number,
): Promise<StartLoad> {
  const headers = { ...identityHeaders(tenantId), ...ASYNC };
  const request = requestBytes('POST', workspacePath(tenantId) + startPath, headers, { input: {} });
  const all = await Promise.all(Array.from({ length: connections }, () => openLightConnection(url)));
  const free: LightConnection[] = [...all];
  const waiting: ((connection: LightConnection) => void)[] = [];
  const take = (): Promise<LightConnection> => {
    const connection = free.pop();
    return connection === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(connection);
  };
  const giveBack = (connection: LightConnection): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else next(connection);
  };
  return {
    offer: async () => {
      const connection = await take();
      try {
        const { status, body, hasRetryAfter } = await connection.send(request);
        return { code: status === 202 ? 'accepted' : codeOf(body, status), hasRetryAfter };
      } catch (thrown) {
        return { code: thrown instanceof Error ? thrown.message : String(thrown), hasRetryAfter: false };
      } finally {
        giveBack(connection);
      }
    },
    close: () => {
      for (const connection of all) connection.close();
    },
  };
}

const codeOf = (body: string, status: number): string => /"code":"([A-Z_]+)"/.exec(body)?.[1] ?? String(status);
