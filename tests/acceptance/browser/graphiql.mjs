// Operates GraphiQL in Chromium and prints the observations as JSON.
// Arguments: the subscription transport (ws or sse) and a directory for screenshots.
import { answerWith, isReady, key, launch, link, openPage, openTab, placesOfKey, run, server } from './graphiql_page.mjs';

const [transport, screenshots] = process.argv.slice(2);

const browser = await launch();
const page = await openPage(browser);

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
    window.snapshots = [];
    const record = () => window.snapshots.push(document.querySelector('.graphiql-response .view-lines')?.innerText ?? '');
    new MutationObserver(record).observe(document.querySelector('.graphiql-response'), { subtree: true, childList: true });
  });
  const isStream = (request) => request.headers().accept?.startsWith('text/event-stream');
  const begun = transport === 'ws' ? page.waitForEvent('websocket') : page.waitForRequest(isStream);
  await run(page);
  await begun;
  await generate('a fox test:delay=1');
  await answerWith(page, '"COMPLETED"');
  const text = await page.evaluate(() => window.snapshots.join('\n'));
  await page.screenshot({ path: `${screenshots}/${transport}-follow.png` });
  await run(page);
  return ['"PROCESSING"', '"COMPLETED"'].filter((status) => text.includes(status));
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
  foreignRequests,
  errors,
  violations: await page.evaluate(() => window.violations),
  address: page.url(),
  placesOfKey: await placesOfKey(page),
}));
await browser.close();
