// Uses GraphiQL in a real Chromium as a person would, and prints as JSON what was seen.
// Arguments: the transport of subscriptions (ws or sse), and a folder for screenshots.
import { chromium } from 'playwright-core';

const [transport, screenshots] = process.argv.slice(2);
const { DOITONG_URL: server, DOITONG_API_KEY: key, CHROMIUM: executablePath } = process.env;
const PATIENCE = 30_000; // milliseconds
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-quic', '--no-first-run',
];

const browser = await chromium.launch({ executablePath, args: QUIET });
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(PATIENCE);

const outside = [];
const complaints = [];
const sockets = [];
const streams = [];
const belongs = (url) => url.startsWith(server) || url.startsWith('data:') || url.startsWith('blob:');
page.on('request', (request) => {
  if (!belongs(request.url())) outside.push(request.url());
  if (request.headers().accept?.startsWith('text/event-stream')) streams.push(request.url());
});
page.on('websocket', (socket) => sockets.push(socket.url()));
page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(String(error)));
await page.addInitScript(() => {
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
});

const answer = () => page.locator('.graphiql-response .view-lines').innerText();

// GraphiQL reads its editors a moment after a tab was opened; the tabs it remembers tell when it has.
async function openTab(name) {
  await page.getByRole('tab', { name }).click();
  await page.waitForFunction((wanted) => {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}');
    return tabs?.[activeTabIndex]?.title === wanted;
  }, name);
}

async function answerWith(text) {
  await page.waitForFunction(
    (wanted) => document.querySelector('.graphiql-response .view-lines')?.innerText.includes(wanted),
    text,
  );
  return answer();
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
    window.seen = [];
    const note = () => window.seen.push(document.querySelector('.graphiql-response .view-lines')?.innerText ?? '');
    new MutationObserver(note).observe(document.querySelector('.graphiql-response'), { subtree: true, childList: true });
  });
  const isStream = (request) => request.headers().accept?.startsWith('text/event-stream');
  const begun = transport === 'ws' ? page.waitForEvent('websocket') : page.waitForRequest(isStream);
  await page.click('.graphiql-execute-button');
  await begun;
  await generate('a fox test:delay=1');
  await answerWith('"COMPLETED"');
  const seen = await page.evaluate(() => window.seen.join('\n'));
  await page.screenshot({ path: `${screenshots}/${transport}-follow.png` });
  await page.click('.graphiql-execute-button');
  return ['"PROCESSING"', '"COMPLETED"'].filter((status) => seen.includes(status));
}

await page.goto(`${server}/graphiql/#key=${key}&transport=${transport}`);
await page.waitForSelector('.graphiql-execute-button');
const tabs = await page.locator('.graphiql-tab').allInnerTexts();
await openTab('GenerateImage');
await page.click('.graphiql-execute-button');
const mutation = await answerWith('"PROCESSING"');
await page.screenshot({ path: `${screenshots}/${transport}-mutation.png` });
const followed = await follow();
await openTab('Providers');
await page.click('.graphiql-execute-button');
const query = await answerWith('"VIDEO"');
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
  outside,
  complaints,
  violations: await page.evaluate(() => window.violations),
  address: page.url(),
  keyIsStored: await page.evaluate((secret) => JSON.stringify({ ...localStorage, ...sessionStorage }).includes(secret), key),
}));
await browser.close();
