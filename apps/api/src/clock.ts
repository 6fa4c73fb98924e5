import type { Clock } from '@signa/server';

/** Wall time: that is what people mean by an expiry. */
export const clock: Clock = () => Math.floor(Date.now() / 1000);
