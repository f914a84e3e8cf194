import { DB_QUERY } from './db-query.js';
import { EMAIL_SEND } from './email-send.js';
import { EVENTS_PUBLISH } from './events-publish.js';
import { FUNCTIONS_INVOKE } from './functions-invoke.js';
import { HTTP_REQUEST } from './http-request.js';
import { LLM_COMPLETE } from './llm-complete.js';
import { STORAGE_GET } from './storage-get.js';
import { STORAGE_PUT } from './storage-put.js';
import type { TaskType } from './task-type.js';

/** In the order in which the route lists them. */
const CATALOGUE: TaskType[] = [
  DB_QUERY,
  STORAGE_PUT,
  STORAGE_GET,
  FUNCTIONS_INVOKE,
  EVENTS_PUBLISH,
  HTTP_REQUEST,
  EMAIL_SEND,
  LLM_COMPLETE,
];
const BY_ID = new Map(CATALOGUE.map((type) => [type.id, type]));

/** All types, in the catalogue's order; equal for every tenant. */
export function taskTypes(): readonly TaskType[] {
  return CATALOGUE;
}

/** The type of this id; undefined when the catalogue has none. */
export function taskType(id: string): TaskType | undefined {
  return BY_ID.get(id);
}

/** True when the catalogue has this type. */
export function hasTaskType(id: string): boolean {
  return BY_ID.has(id);
}

/**
 * Adds a type to the catalogue of this process, behind the others; for tests of a type that is no part of the product.
 *
 * @returns takes it out again
 * @throws Error when there is one with this id
 */
export function registerTaskType(type: TaskType): () => void {
  if (BY_ID.has(type.id)) throw new Error(`there is a task type ${type.id} already`);
  CATALOGUE.push(type);
  BY_ID.set(type.id, type);
  return () => {
    CATALOGUE.splice(CATALOGUE.indexOf(type), 1);
    BY_ID.delete(type.id);
  };
}
