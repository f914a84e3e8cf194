import { describe, expect, it } from 'vitest';
import { makeTaskRoom, type TaskRoomPorts, type Turn } from './task-room.js';

/** A room of 10 bytes, whose next workflow task begins when the test says so. */
function roomOfTen(ports: Partial<TaskRoomPorts> = {}) {
  const tasks: { readonly begin: () => void; readonly cancel: (cause: Error) => void }[] = [];
  const nextTask = () => new Promise<void>((begin, cancel) => tasks.push({ begin, cancel }));
  const room = makeTaskRoom({
    ...{ maxBytes: 10, nextTask, isBounded: () => true, isClosing: () => false, onHeld: () => undefined },
    ...ports,
  });
  return { room, tasks };
}

/** What a run does for each of its nodes. @returns ids in the order in which they were asked for */
function ask(room: ReturnType<typeof roomOfTen>['room'], ...nodes: readonly (readonly [string, number])[]) {
  const done: string[] = [];
  const turns = new Map<string, Turn>();
  for (const [nodeId, bytes] of nodes) {
    const tell = (turn: Turn): void => {
      done.push(nodeId);
      turns.set(nodeId, turn);
    };
    if (room.isFull()) void room.enter(nodeId, bytes).then(tell);
    else tell(room.count(bytes));
  }
  return { done, turns };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the room of a workflow task', () => {
  it('lets in what fits, and the others task by task, in their order', async () => {
    const { room, tasks } = roomOfTen();
    const { done } = ask(room, ['a', 6], ['b', 6], ['c', 25], ['d', 1], ['e', 1]);
    expect(done).toEqual(['a', 'b']);
    expect([...room.waiting]).toEqual(['c', 'd', 'e']);
    tasks[0]?.begin();
    await settle();
    expect(done).toEqual(['a', 'b', 'c']);
    tasks[1]?.begin();
    await settle();
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([room.waiting.size, tasks.length]).toEqual([0, 2]);
  });

  it('is free again when something that was asked for in the same task is answered, once a task', async () => {
    const { room } = roomOfTen();
    const { done, turns } = ask(room, ['a', 5], ['b', 5], ['c', 10], ['d', 10]);
    const [a, b] = [turns.get('a') ?? NaN, turns.get('b') ?? NaN];
    room.over(a);
    room.over(b);
    await settle();
    expect(done).toEqual(['a', 'b', 'c']);
    room.over(turns.get('c') ?? NaN);
    await settle();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
  });

  it('never makes a run wait that does one thing after the other', () => {
    const { room, tasks } = roomOfTen();
    for (let index = 0; index < 100; index++) {
      expect(room.isFull()).toBe(false);
      room.over(room.count(9));
    }
    expect(tasks).toEqual([]);
  });

  it('is not bounded in a run that began without it', () => {
    const { room } = roomOfTen({ isBounded: () => false });
    expect(ask(room, ['a', 100], ['b', 100]).done).toEqual(['a', 'b']);
  });

  it('lets nobody in any more when the run is to go on as a new one, and says so', async () => {
    let held = 0;
    let isClosing = false;
    const { room, tasks } = roomOfTen({ isClosing: () => isClosing, onHeld: () => held++ });
    const { done } = ask(room, ['a', 10], ['b', 1]);
    isClosing = true;
    tasks[0]?.begin();
    await settle();
    expect([done, [...room.waiting], held]).toEqual([['a'], ['b'], 1]);
  });

  it('gives up who waits when the run is cancelled', async () => {
    const { room, tasks } = roomOfTen();
    room.count(10);
    const waits = room.enter('a', 1);
    tasks[0]?.cancel(new Error('cancelled'));
    await expect(waits).rejects.toThrow('cancelled');
  });
});
