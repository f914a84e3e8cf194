import { describe, expect, test } from 'vitest';
import { FAULT_POINTS, readFaultPoints } from './fault-points.js';

describe('fault points', () => {
  test('none is configured: nothing happens', () => {
    const reach = readFaultPoints({});
    for (const point of FAULT_POINTS) reach(point, 0);
    expect(() => readFaultPoints({ FLOWS_FAULT_POINT: '' })).not.toThrow();
  });
  test('refused in production, whatever it says', () => {
    const env = { FLOWS_FAULT_POINT: 'before-marker-stop', NODE_ENV: 'production' };
    expect(() => readFaultPoints(env)).toThrow('refused in production');
    expect(() => readFaultPoints({ NODE_ENV: 'production' })).not.toThrow();
  });
  test.each(['nowhere-stop', 'before-marker', 'before-marker-sleep', 'before-marker-stop,oops'])(
    '%s is none',
    (name) => {
      expect(() => readFaultPoints({ FLOWS_FAULT_POINT: name })).toThrow('is none of');
    },
  );
  test('every point can stop and exit', () => {
    const names = FAULT_POINTS.flatMap((point) => [`${point}-stop`, `${point}-exit`]);
    expect(() => readFaultPoints({ FLOWS_FAULT_POINT: names.join(',') })).not.toThrow();
  });
  test('those of the executor are left out, and others beside them are not', () => {
    expect(() => readFaultPoints({ FLOWS_FAULT_POINT: 'executor-after-start-exit' })).not.toThrow();
    const env = { FLOWS_FAULT_POINT: 'executor-after-start-exit, nowhere-stop' };
    expect(() => readFaultPoints(env)).toThrow('nowhere-stop is none of');
  });
  test('another partition, or not the time that counts: nothing happens', () => {
    const env = { FLOWS_FAULT_POINT: 'mid-batch-exit', FLOWS_FAULT_PARTITION: '1', FLOWS_FAULT_AFTER: '3' };
    const reach = readFaultPoints(env);
    for (let time = 0; time < 5; time++) reach('mid-batch', 0);
    reach('mid-batch', 1);
    reach('mid-batch', 1);
    reach('after-ack', 1);
    expect.assertions(0);
  });
});
