import { describe, expect, it } from 'vitest';
import { parseKafkaRequests } from './kafka-requests.js';

describe('parseKafkaRequests', () => {
  it('takes the counts, without those of fetches that are there twice', () => {
    const output = 'Picked up JAVA_TOOL_OPTIONS: -Dx=y\n{"Fetch":12,"FetchConsumer":9,"FetchFollower":3,"Produce":4}\n';
    expect(parseKafkaRequests(output)).toEqual({ Fetch: 12, Produce: 4 });
  });
  it.each(['', '{}', '{"Fetch":"many"}', 'no such process'])('refuses %j', (output) => {
    expect(() => parseKafkaRequests(output)).toThrow();
  });
});
