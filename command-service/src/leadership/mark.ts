import { randomUUID } from 'node:crypto';
import { makeFencedProducer, type FencedProducer } from '@flowplane/plumbing/kafka';
import { Superseded } from './decider-fatal.js';
import type { DeciderPorts } from './decider-ports.js';
import { markerRecord, type Reigning } from './outcome-record.js';
import type { Recovered } from './recover.js';

/** A reign that every reader accepts from its marker on. */
export type Marked = Reigning & { readonly producer: FencedProducer };

/**
 * Begins a reign (event-log 1): takes the producer id over, appends the marker and folds up to it. The owner's
 * name is made anew each time, so that late writes of an earlier reign of this same process do not count either.
 *
 * @throws Superseded when another marker came first
 * @throws KafkaFault, AppendFault, Stopped
 */
export async function mark(ports: DeciderPorts, partition: number, recovered: Recovered): Promise<Marked> {
  const { kafka, topics, faults } = ports;
  const { fold, reader, commandsTopicId } = recovered;
  const reigning: Reigning = { epoch: fold.position.epoch + 1, owner: randomUUID() };
  faults('before-marker', partition);
  const transactionalId = `${topics.events}-${partition}`;
  const producer = await makeFencedProducer(kafka, { topic: topics.events, partition, transactionalId });
  try {
    faults('after-fence', partition);
    const marker = { ...reigning, partition, commandsTopicId, startedAt: Date.now() };
    const { baseOffset } = await producer.send([markerRecord(marker)]);
    faults('after-marker', partition);
    await reader.readTo(baseOffset + 1);
    if (fold.position.owner !== reigning.owner) throw new Superseded();
    return { ...reigning, producer };
  } catch (error) {
    producer.close();
    throw error;
  }
}
