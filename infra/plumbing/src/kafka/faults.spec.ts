import { describe, expect, it } from 'vitest';
import { brokerFault, ProducerFenced } from './faults.js';

/** The codes of the protocol guide that say "retriable", as far as our requests can meet them. */
const RETRIABLE = [2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 89, 100, 103, 106];
const FINAL = [-1, 1, 8, 10, 17, 18, 29, 31, 35, 42, 45, 46, 47, 59, 87, 90];

describe('an error code of a response', () => {
  it.each(RETRIABLE)('%i is retriable, as the protocol says', (code) => {
    const fault = brokerFault(code, 'produce');
    expect(fault).toMatchObject({ retryable: true });
    expect(fault.code).not.toBe(`ERROR_${code}`);
  });

  it.each(FINAL)('%i is final, as the protocol says', (code) => {
    const fault = brokerFault(code, 'produce');
    expect(fault).toMatchObject({ retryable: false });
    expect(fault.code).not.toBe(`ERROR_${code}`);
  });

  it('that is not known is final, and names its number', () => {
    expect(brokerFault(4711, 'produce')).toMatchObject({ code: 'ERROR_4711', retryable: false });
  });

  it.each([47, 90])('%i says that another producer took over', (code) => {
    expect(brokerFault(code, 'produce')).toBeInstanceOf(ProducerFenced);
  });
});
