import type { KafkaClient } from './client.js';
import { AppendFault, asKafkaFault, KafkaFault } from './faults.js';
import { makeLink } from './link.js';
import { openFencedSession, type SequencedBatch } from './producer-session.js';
import type { RecordToWrite } from './record-batch-encode.js';

export type FencedProducerOptions = {
  readonly topic: string;
  readonly partition: number;
  readonly transactionalId: string;
};

/**
 * The single writer's producer for one partition. After any failed `send` it must be thrown away: what became of the
 * batch is read from the log by the next owner (event-log 6).
 */
export type FencedProducer = {
  /** One batch; not to be called while another is under way. @throws AppendFault with a KafkaFault as cause */
  readonly send: (records: readonly RecordToWrite[]) => Promise<{ readonly baseOffset: number }>;
  readonly close: () => void;
};

/**
 * Takes the transactional id over: earlier holders are refused by the broker from the first `send` on. Not retried
 * here; while a broker starts, or sets up its transaction topic, the fault is retryable.
 *
 * @throws KafkaFault
 */
export async function makeFencedProducer(client: KafkaClient, options: FencedProducerOptions): Promise<FencedProducer> {
  const { topic, partition, transactionalId } = options;
  const link = makeLink(client, `writer-${partition}`, topic);
  try {
    const session = await openFencedSession(link, topic, transactionalId);
    let state: 'idle' | 'sending' | 'broken' = 'idle';
    const refuse = (fault: KafkaFault, sent: boolean): AppendFault => {
      state = 'broken';
      const appended = sent ? 'unknown' : 'no';
      return new AppendFault({ appended, retryable: fault.retryable }, fault.message, { cause: fault });
    };
    return {
      send: async (records) => {
        if (state !== 'idle') throw new Error(`a fenced producer that is ${state} cannot send`);
        state = 'sending';
        const batch: SequencedBatch = session.sequence(partition, records);
        const result = (await session.produce(new Map([[partition, batch]]))).get(partition);
        if (result === undefined) throw refuse(new KafkaFault('NO_ANSWER', true, `no answer for ${partition}`), true);
        if (!result.ok) throw refuse(result.fault, result.sent);
        state = 'idle';
        return { baseOffset: result.baseOffset };
      },
      close: () => link.close(),
    };
  } catch (error) {
    link.close();
    throw asKafkaFault(error, `fencing ${transactionalId}`);
  }
}
