import { describe, expect, it } from 'vitest';
import { parseTrustProxy } from './trust-proxy.ts';

describe('TRUST_PROXY', () => {
  it.each([
    ['1', 1],
    ['10', 10],
    ['loopback', ['loopback']],
    ['loopback, linklocal,uniquelocal', ['loopback', 'linklocal', 'uniquelocal']],
    ['192.0.2.1', ['192.0.2.1']],
    ['10.0.0.0/8,fc00::/7,2001:db8::1', ['10.0.0.0/8', 'fc00::/7', '2001:db8::1']],
    ['192.0.2.1/32,::1/128', ['192.0.2.1/32', '::1/128']],
  ])('takes %s', (text, trusted) => {
    expect(parseTrustProxy(text)).toEqual(trusted);
  });

  it.each(['true', 'yes', '*', 'all', '0.0.0.0/0', '::/0', '0.0.0.0/1,128.0.0.0/1', '::/1', '::ffff:0.0.0.0/96'])(
    'refuses %s, with which anybody could be anybody',
    (text) => {
      expect(parseTrustProxy(text)).toBeUndefined();
    },
  );

  it.each(['::ffff:0:0/96', '::FFFF:10.0.0.0/104', '0:0:0:0:0:ffff:a00:1'])('refuses IPv4 written as %s', (text) => {
    expect(parseTrustProxy(text)).toBeUndefined();
  });

  it.each(['0', '11', '-1', '1.5', '1e1', '1,loopback'])('refuses %s, which is no number of proxies', (text) => {
    expect(parseTrustProxy(text)).toBeUndefined();
  });

  it.each(['10.0.0.0/', '10.0.0.0/33', '::1/129', '10.0.0.0/255.0.0.0', '10.0.0.0/8/8', '127.1', 'fe80::1%eth0'])(
    'refuses %s, which is no address or subnet',
    (text) => {
      expect(parseTrustProxy(text)).toBeUndefined();
    },
  );

  it.each(['false', 'localhost', 'proxy.example.com', 'Loopback', 'loopback,', ','])('refuses %s', (text) => {
    expect(parseTrustProxy(text)).toBeUndefined();
  });
});
