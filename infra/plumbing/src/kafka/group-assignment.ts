import assigner from 'kafkajs/src/consumer/assignerProtocol.js';

/**
 * Deals partitions to members in turn. Both in one order, so equal membership has an equal result.
 *
 * @returns partitions by member id; every member is there, with none when there are more members than partitions
 */
export function dealPartitions(
  memberIds: readonly string[],
  partitions: readonly number[],
): ReadonlyMap<string, readonly number[]> {
  const members = [...memberIds].sort();
  const dealt = new Map<string, number[]>(members.map((member) => [member, []]));
  [...partitions]
    .sort((a, b) => a - b)
    .forEach((partition, index) => dealt.get(members[index % members.length] as string)?.push(partition));
  return dealt;
}

/** Name of the strategy in the group protocol; members that do not know it cannot join. */
export const STRATEGY = 'flowplane-in-turn';

/** Kafka's own consumer protocol, so that lag tools can describe the group. */
export const encodeSubscription = (topic: string): Buffer =>
  assigner.MemberMetadata.encode({ version: 0, topics: [topic] });

export const encodeAssignment = (topic: string, partitions: readonly number[]): Buffer =>
  assigner.MemberAssignment.encode({ version: 0, assignment: { [topic]: partitions } });

export const decodeAssignment = (topic: string, bytes: Buffer): readonly number[] =>
  assigner.MemberAssignment.decode(bytes)?.assignment[topic] ?? [];
