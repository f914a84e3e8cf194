export { isPending, makeFlowplaneClient, type Answered, type ClientOptions, type FlowplaneClient } from './client.js';
export { eventsOf, framesOf, type StreamFrame } from './event-stream.js';
export { MAX_COMMENT_LENGTH, MAX_NOTE_LENGTH } from '../ids/names.js';
export { FlowplaneError } from './flowplane-error.js';
export type { AnswerOf, CallOf, ParamsOf, RequestOptions } from './request.js';
export type { ClientPorts, FetchAnswer, FetchInit, FetchLike } from './transport.js';
export type { WatchOptions } from './watch-stream.js';
export type { RunStatusFrame } from './watch-workspace.js';
