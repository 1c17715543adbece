// Operates GraphiQL in Chromium and prints the observations as JSON.
// Arguments: the subscription transport (ws or sse) and a directory for screenshots.
import { chromium } from 'playwright-core';

const [transport, screenshots] = process.argv.slice(2);
const { DOITONG_URL: server, DOITONG_API_KEY: key, CHROMIUM: executablePath } = process.env;
const TIMEOUT = 30_000; // milliseconds
const CHROMIUM_FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-quic', '--no-first-run',
];

const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(TIMEOUT);

const foreignRequests = [];
const errors = [];
const sockets = [];
const streams = [];
const isOwn = (url) => url.startsWith(server) || url.startsWith('data:') || url.startsWith('blob:');
page.on('request', (request) => {
  if (!isOwn(request.url())) foreignRequests.push(request.url());
  if (request.headers().accept?.startsWith('text/event-stream')) streams.push(request.url());
});
page.on('websocket', (socket) => sockets.push(socket.url()));
page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
page.on('pageerror', (error) => errors.push(String(error)));
await page.addInitScript(() => {
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
});

const response = () => page.locator('.graphiql-response .view-lines').innerText();

// GraphiQL reads its editors some time after a tab was opened; the stored tabs show when it has.
async function openTab(name) {
  await page.getByRole('tab', { name }).click();
  await page.waitForFunction((expected) => {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}');
    return tabs?.[activeTabIndex]?.title === expected;
  }, name);
}

async function waitForResponse(text) {
  await page.waitForFunction(
    (expected) => document.querySelector('.graphiql-response .view-lines')?.innerText.includes(expected),
    text,
  );
  return response();
}

async function generate(prompt) {
  const query = 'mutation ($i: GenerateInput!) { generate(input: $i) { id } }';
  const i = { type: 'IMAGE', provider: 'flux-pro', input: { text: prompt }, options: { width: 256, height: 256 } };
  const headers = { 'Content-Type': 'application/json', 'X-API-Key': key };
  const body = JSON.stringify({ query, variables: { i } });
  return (await (await fetch(`${server}/graphql`, { method: 'POST', headers, body })).json()).data.generate.id;
}

async function follow() {
  await openTab('FollowEverything');
  await page.evaluate(() => {
    window.snapshots = [];
    const record = () => window.snapshots.push(document.querySelector('.graphiql-response .view-lines')?.innerText ?? '');
    new MutationObserver(record).observe(document.querySelector('.graphiql-response'), { subtree: true, childList: true });
  });
  const isStream = (request) => request.headers().accept?.startsWith('text/event-stream');
  const started = transport === 'ws' ? page.waitForEvent('websocket') : page.waitForRequest(isStream);
  await page.click('.graphiql-execute-button');
  await started;
  await generate('a fox test:delay=1');
  await waitForResponse('"COMPLETED"');
  const text = await page.evaluate(() => window.snapshots.join('\n'));
  await page.screenshot({ path: `${screenshots}/${transport}-follow.png` });
  await page.click('.graphiql-execute-button');
  return ['"PROCESSING"', '"COMPLETED"'].filter((status) => text.includes(status));
}

await page.goto(`${server}/graphiql/#key=${key}&transport=${transport}`);
await page.waitForSelector('.graphiql-execute-button');
const tabs = await page.locator('.graphiql-tab').allInnerTexts();
await openTab('GenerateImage');
await page.click('.graphiql-execute-button');
const mutation = await waitForResponse('"PROCESSING"');
await page.screenshot({ path: `${screenshots}/${transport}-mutation.png` });
const followed = await follow();
await openTab('Providers');
await page.click('.graphiql-execute-button');
const query = await waitForResponse('"VIDEO"');
await page.getByRole('button', { name: /GraphiQL Explorer/ }).click();
await page.waitForSelector('.graphiql-explorer-root');
await page.screenshot({ path: `${screenshots}/${transport}-explorer.png` });

console.log(JSON.stringify({
  tabs: tabs.map((tab) => tab.trim()),
  mutation: mutation.includes('gen_'),
  followed,
  query: query.includes('pricing'),
  sockets: sockets.length,
  streams: streams.length,
  foreignRequests,
  errors,
  violations: await page.evaluate(() => window.violations),
  address: page.url(),
  keyIsStored: await page.evaluate((secret) => JSON.stringify({ ...localStorage, ...sessionStorage }).includes(secret), key),
}));
await browser.close();
