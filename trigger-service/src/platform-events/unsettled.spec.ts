import { expect, it } from 'vitest';
import { makeUnsettled } from './unsettled.js';

it('its position is the lowest record that is not settled, whatever was settled above it', () => {
  const unsettled = makeUnsettled(5);
  expect([unsettled.next(), unsettled.position()]).toEqual([5, 5]);
  for (const offset of [5, 6, 9]) unsettled.take(offset, 1);
  unsettled.settle(9);
  unsettled.settle(5);
  expect([unsettled.next(), unsettled.position()]).toEqual([10, 6]);
  unsettled.settle(6);
  expect(unsettled.position()).toBe(10);
});

it('goes on behind what nobody takes', () => {
  const unsettled = makeUnsettled(5);
  unsettled.take(5, 1);
  unsettled.pass(9);
  expect([unsettled.next(), unsettled.position()]).toEqual([9, 5]);
  unsettled.settle(5);
  unsettled.pass(7);
  expect([unsettled.next(), unsettled.position()]).toEqual([9, 9]);
});

it('is full by records under way, by deferred ones and by bytes, each on its own', () => {
  const unsettled = makeUnsettled(0, { underWay: 2, deferred: 2, bytes: 100 });
  unsettled.take(0, 1);
  unsettled.take(1, 1);
  expect(unsettled.isFull()).toBe(true);
  unsettled.defer(0);
  expect(unsettled.isFull()).toBe(false);
  unsettled.defer(1);
  expect(unsettled.isFull()).toBe(true);
  unsettled.settle(0);
  unsettled.settle(1);
  unsettled.take(2, 100);
  expect(unsettled.isFull()).toBe(true);
  unsettled.settle(2);
  expect(unsettled.isFull()).toBe(false);
});
