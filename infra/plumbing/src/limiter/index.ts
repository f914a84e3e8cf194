export { LimiterBusy, makeByteLimiter, type ByteLimiter, type HeldBytes, type TakeOptions } from './byte-limiter.js';
export { makeLimiter, type Limiter } from './limiter.js';
