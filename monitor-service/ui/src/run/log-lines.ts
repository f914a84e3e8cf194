import type { StreamFrame } from '@flowplane/contracts/client';
import { lineOfFrame, type LogLine } from './run-model.js';

/** All lines of a run from its beginning to the one with this key: its stream has them all, in order. */
export async function linesUpTo(frames: AsyncIterable<StreamFrame>, lastKey: string): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  const last = Number(lastKey);
  for await (const frame of frames) {
    if ('id' in frame && Number(frame.id) > last) break;
    const line = lineOfFrame(frame);
    if (line !== undefined) lines.push(line);
    if (line?.key === lastKey) break;
  }
  return lines;
}
