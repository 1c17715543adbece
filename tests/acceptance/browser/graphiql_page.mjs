// GraphiQL in a real Chromium, as the scripts beside use it.
import { chromium } from 'playwright-core';

const TIMEOUT = 30_000; // milliseconds
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-quic', '--no-first-run',
];

export const { DOITONG_URL: server, DOITONG_API_KEY: key, CHROMIUM: executablePath } = process.env;
export const link = `${server}/graphiql/#key=${key}`;

export const launch = () => chromium.launch({ executablePath, args: QUIET });

export async function openPage(context) {
  const page = await context.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(TIMEOUT);
  return page;
}

// Waits until the editors are filled: Run does nothing before.
export const isReady = (page) =>
  page.waitForFunction(() => document.querySelector('.graphiql-query-editor .view-lines')?.innerText.trim());
export const run = (page) => page.click('.graphiql-execute-button');

// GraphiQL reads its editors a moment after a tab was opened; the tabs it remembers tell when it has.
export async function openTab(page, name) {
  await page.getByRole('tab', { name }).click();
  await page.waitForFunction((wanted) => {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}');
    return tabs?.[activeTabIndex]?.title === wanted;
  }, name);
}

export async function answerWith(page, text) {
  await page.waitForFunction(
    (wanted) => document.querySelector('.graphiql-response .view-lines')?.innerText.includes(wanted),
    text,
  );
  return page.locator('.graphiql-response .view-lines').innerText();
}

// The key's places in the browser beside the memory of the page.
export const placesOfKey = (page) =>
  page.evaluate((secret) => {
    const places = { localStorage, sessionStorage, address: location.href };
    return Object.keys(places).filter((name) => JSON.stringify(places[name]).includes(secret));
  }, key);
