/**
 * Low-water mark of one partition. Work is done in any order; a position may be committed only when all work read
 * before it is done. Positions come with each batch read, so a restart repeats at most what was in hand.
 */
export type Checkpoints<Position> = {
  /** A batch was read: `work` pieces to do, and the position after it. @returns call once for each piece done */
  readonly add: (position: Position, work: number) => () => void;
  /** Newest position with nothing left to do before it; undefined: none yet. */
  readonly committable: () => Position | undefined;
};

export function makeCheckpoints<Position>(): Checkpoints<Position> {
  const open: { readonly position: Position; left: number }[] = [];
  let reached: Position | undefined;

  const advance = (): void => {
    for (let first = open[0]; first?.left === 0; first = open[0]) {
      reached = first.position;
      open.shift();
    }
  };

  return {
    add: (position, work) => {
      const batch = { position, left: work };
      open.push(batch);
      advance();
      return () => {
        batch.left -= 1;
        advance();
      };
    },
    committable: () => reached,
  };
}
