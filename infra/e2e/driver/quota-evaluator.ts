import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type AskedQuota = {
  readonly dimensionKey: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly currentUsage?: number;
};

/** `cut`: the connection ends without an answer. A dimension: that one is denied. */
export type QuotaAnswer = 'allowed' | 'cut' | 'flow_starts_per_minute' | 'max_concurrent_executions';

/** An external evaluator of quotas (flows-api 12.3), with an answer for each workspace that the test sets. */
export type QuotaEvaluatorServer = {
  /** FLOW_QUOTA_ENFORCE_URL */
  readonly url: string;
  /** From now on; unset: `allowed`. */
  readonly answer: (workspaceId: string, answer: QuotaAnswer) => void;
  /** Questions about a workspace since the last call. */
  readonly asked: (workspaceId: string) => readonly AskedQuota[];
  readonly close: () => Promise<void>;
};

export async function startQuotaEvaluator(): Promise<QuotaEvaluatorServer> {
  const answers = new Map<string, QuotaAnswer>();
  let questions: AskedQuota[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const question = JSON.parse(body) as AskedQuota;
      questions.push(question);
      const answer = answers.get(question.workspaceId) ?? 'allowed';
      if (answer === 'cut') request.socket.destroy();
      else response.end(JSON.stringify({ allowed: answer !== question.dimensionKey }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/quotas`,
    answer: (workspaceId, answer) => void answers.set(workspaceId, answer),
    asked: (workspaceId) => {
      const about = questions.filter((question) => question.workspaceId === workspaceId);
      questions = questions.filter((question) => question.workspaceId !== workspaceId);
      return about;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
