/** A trademark of the register. */
export interface Trademark {
  readonly id: string;
  readonly mark: string;
  readonly owner: string;
  /** Of the Nice classification, which sorts goods and services. */
  readonly classes: readonly number[];
  readonly status: 'pending' | 'registered' | 'expired';
}

/** All of them are made up. */
const REGISTER: readonly Trademark[] = [
  { id: 'tm_1001', mark: 'Lumora', owner: 'Lumora Lighting GmbH', classes: [11], status: 'registered' },
  { id: 'tm_1002', mark: 'Lumorea', owner: 'Orea Cosmetics SAS', classes: [3, 5], status: 'pending' },
  { id: 'tm_1003', mark: 'Brightwick', owner: 'Wick & Daughters Ltd', classes: [4, 11], status: 'registered' },
  { id: 'tm_1004', mark: 'Kestrel & Pine', owner: 'Kestrel Outfitters Inc', classes: [18, 25], status: 'registered' },
  { id: 'tm_1005', mark: 'Pinedrop', owner: 'Pinedrop Software BV', classes: [9, 42], status: 'expired' },
  { id: 'tm_1006', mark: 'Čajovna Slunce', owner: 'Slunce s.r.o.', classes: [30, 43], status: 'registered' },
];

/** The trademarks whose mark contains the text, in upper or lower case. */
export function searchTrademarks(text: string): Trademark[] {
  const wanted = text.normalize('NFC').toLowerCase();
  return REGISTER.filter(({ mark }) => mark.toLowerCase().includes(wanted));
}
