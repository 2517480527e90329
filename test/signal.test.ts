import { describe, expect, test } from 'vitest';
import { CallSignal } from '../src/signal.ts';

describe('the signal of a call', () => {
  test('tells every listener once, in their order, with its reason set', () => {
    const signal = new CallSignal();
    const told: string[] = [];
    for (const name of ['first', 'second']) signal.addEventListener('abort', () => told.push(`${name}: ${String(signal.reason)}`));
    expect(signal.aborted).toBe(false);
    signal.abort('deadline');
    signal.abort('caller_left');
    expect(told).toEqual(['first: deadline', 'second: deadline']);
    expect(signal.aborted).toBe(true);
  });

  test('does not tell who has left', () => {
    const signal = new CallSignal();
    const told: string[] = [];
    const leaving = () => void told.push('leaving');
    signal.addEventListener('abort', leaving);
    signal.addEventListener('abort', () => told.push('staying'));
    signal.removeEventListener('abort', leaving);
    signal.removeEventListener('abort', leaving);
    signal.abort('caller_left');
    expect(told).toEqual(['staying']);
  });

  test('who leaves while others are told is not told any more', () => {
    const signal = new CallSignal();
    const told: string[] = [];
    const second = () => void told.push('second');
    signal.addEventListener('abort', () => signal.removeEventListener('abort', second));
    signal.addEventListener('abort', second);
    signal.abort('caller_left');
    expect(told).toEqual([]);
  });

  test('whoever comes after the end is not told: it is to be asked for first', () => {
    const signal = new CallSignal();
    signal.abort('caller_left');
    signal.addEventListener('abort', () => expect.unreachable());
    signal.abort('deadline');
    expect(signal.reason).toBe('caller_left');
  });
});
