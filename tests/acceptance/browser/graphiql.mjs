// Uses GraphiQL in a real Chromium as a person would, and prints as JSON what was seen.
// Arguments: the transport of subscriptions (ws or sse), and a folder for screenshots.
import { answerWith, isReady, key, launch, link, openPage, openTab, placesOfKey, run, server } from './graphiql_page.mjs';

const [transport, screenshots] = process.argv.slice(2);

const browser = await launch();
const page = await openPage(browser);

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

async function generate(prompt) {
  const query = 'mutation ($i: GenerateInput!) { generate(input: $i) { id } }';
  const i = { type: 'IMAGE', provider: 'flux-pro', input: { text: prompt }, options: { width: 256, height: 256 } };
  const headers = { 'Content-Type': 'application/json', 'X-API-Key': key };
  const body = JSON.stringify({ query, variables: { i } });
  return (await (await fetch(`${server}/graphql`, { method: 'POST', headers, body })).json()).data.generate.id;
}

// The width of the picture below the response, once it is loaded.
async function shownWidth() {
  const picture = await page.waitForFunction(() => {
    const image = document.querySelector('.graphiql-footer img');
    return image?.complete && image;
  });
  return picture.evaluate((image) => image.naturalWidth);
}

async function follow() {
  await openTab(page, 'FollowEverything');
  await page.evaluate(() => {
    window.seen = [];
    const note = () => window.seen.push(document.querySelector('.graphiql-response .view-lines')?.innerText ?? '');
    new MutationObserver(note).observe(document.querySelector('.graphiql-response'), { subtree: true, childList: true });
  });
  const isStream = (request) => request.headers().accept?.startsWith('text/event-stream');
  const begun = transport === 'ws' ? page.waitForEvent('websocket') : page.waitForRequest(isStream);
  await run(page);
  await begun;
  await generate('a fox test:delay=1');
  await answerWith(page, '"COMPLETED"');
  const seen = await page.evaluate(() => window.seen.join('\n'));
  await page.screenshot({ path: `${screenshots}/${transport}-follow.png` });
  await run(page);
  return ['"PROCESSING"', '"COMPLETED"'].filter((status) => seen.includes(status));
}

await page.goto(`${link}&transport=${transport}`);
await isReady(page);
const tabs = await page.locator('.graphiql-tab').allInnerTexts();
await run(page);
await answerWith(page, '"COMPLETED"');
const firstPicture = await shownWidth();
await page.screenshot({ path: `${screenshots}/${transport}-mutation.png` });
const followed = await follow();
await openTab(page, 'Providers');
await run(page);
const query = await answerWith(page, '"VIDEO"');
await page.getByRole('button', { name: /GraphiQL Explorer/ }).click();
await page.waitForSelector('.graphiql-explorer-root');
await page.screenshot({ path: `${screenshots}/${transport}-explorer.png` });

console.log(JSON.stringify({
  tabs: tabs.map((tab) => tab.trim()),
  firstPicture,
  followed,
  query: query.includes('pricing'),
  sockets: sockets.length,
  streams: streams.length,
  outside,
  complaints,
  violations: await page.evaluate(() => window.violations),
  address: page.url(),
  placesOfKey: await placesOfKey(page),
}));
await browser.close();
