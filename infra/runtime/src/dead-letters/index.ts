export { openDeadLetters, type DeadLetter, type DeadLetters } from './dead-letters.js';
