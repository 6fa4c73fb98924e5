import type { Clock } from '@signa/server';

/** Wall time: that is what people mean by an expiry. */
export const clock: Clock = () => Math.floor(Date.now() / 1000);

const START = performance.timeOrigin;

/** Wall time at the start and what has passed since, whatever happens to the clock meanwhile. */
export const steadyClock: Clock = () => Math.floor((START + performance.now()) / 1000);
