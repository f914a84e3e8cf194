export { makeEventTopics, TooManyEventTopics, type EventTopics } from './event-topics.js';
export { EVENT_TOPIC_ENTRIES, EVENT_TOPIC_MIGRATIONS, openEventTopics } from './open-event-topics.js';
