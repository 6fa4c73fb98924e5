import type { Outcome, Trial } from './trial.ts';

/** `pass  1  An acknowledged key is never lost | 20 kills … | 0 lost | 12 s` */
export function oneLine({ row, promise }: Trial, { did, figure, passed }: Outcome, ms: number): string {
  const cells = [promise, did, figure, `${Math.round(ms / 1000)} s`];
  return `${passed ? 'pass' : 'FAIL'} ${String(row).padStart(2)}  ${cells.join(' | ')}`;
}
