import type { FlowRow } from '@flowplane/contracts/read-model';

/** Bytes that remembered flows take together, about. */
const MAX_KNOWN_BYTES = 16_777_216;
/** Of a larger row only the generation is remembered: one flow must not push out all others. */
const MAX_KNOWN_ROW_BYTES = 1_048_576;
/** Of a flow beside its long texts. */
const ENTRY_BYTES = 600;

type KnownFlow = {
  readonly generation: number;
  /** Undefined: only the generation is known. */
  readonly row: FlowRow | undefined;
};

/** Rows of flows as they are at some place in the log. Who remembers them says when they are no longer right. */
export type KnownFlows = {
  readonly row: (key: string) => FlowRow | undefined;
  readonly generation: (key: string) => number | undefined;
  readonly putRow: (key: string, row: FlowRow) => void;
  /** What is known of the rest of the row stays known. */
  readonly putGeneration: (key: string, generation: number) => void;
  readonly drop: (key: string) => void;
  readonly clear: () => void;
  /** About. */
  readonly bytes: () => number;
};

/** Remembers as many flows as `maxBytes` allow; those that were not needed for the longest time go first. */
export function makeKnownFlows(maxBytes = MAX_KNOWN_BYTES): KnownFlows {
  /** The one that was used last is at the end. */
  const known = new Map<string, KnownFlow>();
  let bytes = 0;
  const drop = (key: string): void => {
    const flow = known.get(key);
    if (flow !== undefined) bytes -= bytesOf(key, flow);
    known.delete(key);
  };
  const put = (key: string, flow: KnownFlow): void => {
    drop(key);
    known.set(key, flow);
    bytes += bytesOf(key, flow);
    while (bytes > maxBytes) drop(known.keys().next().value ?? '');
  };
  const used = (key: string): KnownFlow | undefined => {
    const flow = known.get(key);
    if (flow === undefined) return undefined;
    known.delete(key);
    known.set(key, flow);
    return flow;
  };
  return {
    row: (key) => used(key)?.row,
    generation: (key) => used(key)?.generation,
    putRow: (key, row) => {
      const { generation } = row;
      put(key, { generation, row: bytesOf(key, { generation, row }) > MAX_KNOWN_ROW_BYTES ? undefined : row });
    },
    putGeneration: (key, generation) => {
      if (known.get(key)?.generation !== generation) put(key, { generation, row: undefined });
    },
    drop,
    clear: () => {
      known.clear();
      bytes = 0;
    },
    bytes: () => bytes,
  };
}

/** Characters count twice: one beyond Latin-1 makes all of its text so wide. */
function bytesOf(key: string, { row }: KnownFlow): number {
  if (row === undefined) return ENTRY_BYTES + 2 * key.length;
  const { name, definition, definitionYaml, createdBy } = row;
  const characters = name.length + (definition?.length ?? 0) + (definitionYaml?.length ?? 0) + createdBy.length;
  return ENTRY_BYTES + 2 * (key.length + characters);
}
