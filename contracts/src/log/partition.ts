/**
 * The partition of a key: murmur2 over its UTF-8 bytes, as Kafka's own default partitioner does it, so that foreign
 * clients agree. Source: org.apache.kafka.common.utils.Utils.murmur2 (description of the algorithm).
 *
 * @param key tenant id (commands, events) or execution id (runs)
 * @param partitionCount fixed when the topic is created
 */
export function partitionOf(key: string, partitionCount: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitionCount;
}

const M = 0x5bd1e995;

function murmur2(data: Buffer): number {
  const { length } = data;
  let h = 0x9747b28c ^ length;
  const words = length >> 2;
  for (let i = 0; i < words; i++) {
    let k = Math.imul(data.readInt32LE(i * 4), M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const tail = length & ~3;
  switch (length & 3) {
    case 3:
      h ^= (data[tail + 2] as number) << 16;
    // falls through
    case 2:
      h ^= (data[tail + 1] as number) << 8;
    // falls through
    case 1:
      h = Math.imul(h ^ (data[tail] as number), M);
  }
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
