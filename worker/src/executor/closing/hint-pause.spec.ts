import { describe, expect, it } from 'vitest';
import { makeHintPause } from './hint-pause.js';

describe('pause before looking at a run that ends', () => {
  it('settles a little above what the engine takes, with few early looks', () => {
    const pause = makeHintPause();
    let early = 0;
    for (let look = 0; look < 1000; look++) {
      const isEarly = pause.ms() < 200;
      if (look >= 200 && isEarly) early += 1;
      pause.learn(isEarly);
    }
    expect(early).toBeLessThan(60);
    expect(pause.ms()).toBeGreaterThan(150);
    expect(pause.ms()).toBeLessThan(310);
  });

  it('comes back down when the engine is quick again, and stays in its bounds', () => {
    const pause = makeHintPause();
    for (let look = 0; look < 50; look++) pause.learn(true);
    expect(pause.ms()).toBe(2000);
    for (let look = 0; look < 500; look++) pause.learn(false);
    expect(pause.ms()).toBe(15);
  });
});
