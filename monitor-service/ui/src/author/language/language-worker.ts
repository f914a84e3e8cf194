import { check, placed, yamlOf } from './check.js';
import { hoverAt, proposalsAt } from './completions.js';
import type { Functions, Request, Response } from './requests.js';

// Beside the page: what a flow of a thousand nodes takes would hold up its typing.

const FUNCTIONS: Functions = { check, placed, yamlOf: (definition) => yamlOf(definition), proposalsAt, hoverAt };

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const { id, name, given } = data;
  const run = FUNCTIONS[name] as (...args: readonly unknown[]) => unknown;
  let response: Response;
  try {
    response = { id, result: run(...given) };
  } catch (cause) {
    response = { id, fault: String(cause) };
  }
  postMessage(response);
});
