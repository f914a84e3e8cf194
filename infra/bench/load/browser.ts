import { chromium, type Browser } from 'playwright-core';

/** Debian's Chromium. */
const PROGRAM = '/usr/bin/chromium';
const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** @throws Error when it is not installed */
export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: PROGRAM, args: ARGUMENTS });
