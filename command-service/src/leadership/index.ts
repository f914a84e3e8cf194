export { startDecider, type Decider, type DeciderOptions } from './start-decider.js';
