import { availableParallelism, loadavg } from 'node:os'

/**
 * How many times as long everything may take as on a machine that keeps up with its work: what wants to run, for each
 * processor. For promises about time, which no machine keeps that has several times as much to do as it can.
 */
export const slowdown = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())
