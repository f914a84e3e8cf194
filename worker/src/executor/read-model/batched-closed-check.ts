/**
 * Answers single questions about runs with one query for all that are asked within a moment: hundreds of starts that
 * waited out an outage must not become hundreds of queries.
 */
export function batchedClosedCheck(
  closedAmong: (executionIds: readonly string[]) => Promise<ReadonlySet<string>>,
  gatherMs = 5,
  maxBatch = 500,
): (executionId: string) => Promise<boolean> {
  type Question = {
    readonly executionId: string;
    readonly answer: (closed: boolean) => void;
    readonly fail: (cause: unknown) => void;
  };
  let questions: Question[] = [];

  const ask = async (batch: readonly Question[]): Promise<void> => {
    try {
      const closed = await closedAmong(batch.map((question) => question.executionId));
      for (const question of batch) question.answer(closed.has(question.executionId));
    } catch (cause) {
      for (const question of batch) question.fail(cause);
    }
  };
  const flush = (): void => {
    const batch = questions;
    questions = [];
    for (let start = 0; start < batch.length; start += maxBatch) void ask(batch.slice(start, start + maxBatch));
  };

  return (executionId) =>
    new Promise((resolve, reject) => {
      if (questions.length === 0) setTimeout(flush, gatherMs);
      questions.push({ executionId, answer: resolve, fail: reject });
    });
}
