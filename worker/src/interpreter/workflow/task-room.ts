/**
 * Bytes that a run may ask of the engine in one workflow task, counted as JSON. The engine takes 4 MiB in one request
 * and in one transaction, and ends a run that asks for more. This is a quarter of it: what stands around the values is
 * not counted, and the last thing that is let in may be larger than what was left.
 */
const MAX_BYTES = 1_048_576;

/** In which workflow task something was asked for. */
export type Turn = number;

/**
 * Spreads what a run asks of the engine over as many workflow tasks as it needs. While a task has room nobody waits, so
 * that the commands of a run which asks for little keep their order.
 */
export type TaskRoom = {
  /** Whether the next one has to `enter`; else it is counted only. */
  readonly isFull: () => boolean;
  /**
   * Waits for room, in the order of the calls.
   *
   * @param nodeId the node that waits
   * @throws the cancellation of the run
   */
  readonly enter: (nodeId: string, bytes: number) => Promise<Turn>;
  /** Counts what is asked for now, or was recorded in this workflow task. */
  readonly count: (bytes: number) => Turn;
  /** What was asked for in `turn` has been answered: then that workflow task is over, and another one has begun. */
  readonly over: (turn: Turn) => void;
  /** Nodes that wait, here or for their turn, and of which nothing is under way. */
  readonly waiting: Set<string>;
};

export type TaskRoomPorts = {
  /** Resolves in a later workflow task. */
  readonly nextTask: () => Promise<void>;
  /** False in runs that began without this bound, for what they did then. */
  readonly isBounded: () => boolean;
  /** Whether nothing is to begin any more, since the run goes on as a new one when what is open is over. */
  readonly isClosing: () => boolean;
  /** Nodes wait that will not be let in any more. */
  readonly onHeld: () => void;
  readonly maxBytes?: number;
};

type Waiting = {
  readonly nodeId: string;
  readonly bytes: number;
  readonly go: (turn: Turn) => void;
  readonly fail: (cause: unknown) => void;
};

export function makeTaskRoom(ports: TaskRoomPorts): TaskRoom {
  const { maxBytes = MAX_BYTES } = ports;
  const queue: Waiting[] = [];
  const waiting = new Set<string>();
  let turn = 0;
  let asked = 0;
  let isTaskAsked = false;

  const count = (bytes: number): Turn => {
    asked += bytes;
    return turn;
  };
  const over = (of: Turn): void => {
    if (of !== turn) return;
    turn += 1;
    asked = 0;
    admit();
  };
  const admit = (): void => {
    if (queue.length > 0 && ports.isClosing()) return ports.onHeld();
    for (let next = queue[0]; next !== undefined && asked < maxBytes; next = queue[0]) {
      queue.shift();
      waiting.delete(next.nodeId);
      next.go(count(next.bytes));
    }
    if (queue.length > 0) askForTask();
  };
  const askForTask = (): void => {
    if (isTaskAsked) return;
    isTaskAsked = true;
    const askedIn = turn;
    ports.nextTask().then(
      () => {
        isTaskAsked = false;
        if (askedIn === turn) over(askedIn);
        else admit();
      },
      (cause: unknown) => queue.splice(0).forEach(({ fail }) => fail(cause)),
    );
  };
  return {
    isFull: () => (asked >= maxBytes || queue.length > 0) && ports.isBounded(),
    enter: (nodeId, bytes) =>
      new Promise((go, fail) => {
        queue.push({ nodeId, bytes, go, fail });
        waiting.add(nodeId);
        admit();
      }),
    count,
    over,
    waiting,
  };
}
