import type { Frame } from './messages/index.js';

/** Key of a frame in the runs topic: the run among whose frames it stands, of a sub-flow the one at the top. */
export const frameKey = ({ type, data }: Frame): string =>
  type === 'NodeFrame' && data.root !== null ? data.root : data.executionId;
