import { decodeMessage, TOPICS, type Frame } from '@flowplane/contracts';
import { deleteTopics, ensureTopics, makeDirectReader, type KafkaClient } from '@flowplane/plumbing/kafka';

/** The runs topic of a test, read from its start. */
export type TestFrames = {
  /** Frames of a run, in the order of the log, once `until` holds for them. */
  readonly of: (executionId: string, until: (frames: readonly Frame[]) => boolean) => Promise<readonly Frame[]>;
  /** Every frame of every run so far. */
  readonly all: () => Promise<readonly Frame[]>;
  /** Deletes the topic. */
  readonly close: () => Promise<void>;
};

export async function openTestFrames(kafka: KafkaClient, topic: string): Promise<TestFrames> {
  await ensureTopics(kafka, [{ ...TOPICS.runs, name: topic }], { partitions: 1, replicationFactor: 1 });
  const reader = makeDirectReader(kafka, { topic });
  reader.assign(new Map([[0, 0]]));
  const seen: Frame[] = [];
  const poll = async (waitMs: number): Promise<number> => {
    const records = await reader.poll(waitMs);
    for (const { value } of records) {
      const message = value === null ? undefined : decodeMessage(value);
      if (message?.kind === 'frame') seen.push(message.frame);
    }
    return records.length;
  };
  return {
    of: async (executionId, until) => {
      for (;;) {
        const own = seen.filter((frame) => frame.data.executionId === executionId);
        if (until(own)) return own;
        await poll(1000);
      }
    },
    all: async () => {
      while ((await poll(200)) > 0);
      return seen;
    },
    close: async () => {
      await reader.close();
      await deleteTopics(kafka, [topic]);
    },
  };
}
