export { makeEventTopics, TooManyEventTopics, type EventTopics } from './event-topics.js';
export { EVENT_TOPIC_ENTRIES, openEventTopics } from './open-event-topics.js';
