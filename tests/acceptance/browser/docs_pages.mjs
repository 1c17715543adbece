// Opens each named program of the working directory in a page of its own, at an origin of its own, and prints what it
// logs as `NAME: text`. The random part of each pause is 0, so that programs reconnect at once. A page that needs a
// client token gets one from POST /client-token, which fails every other time and whose tokens have to be replaced at
// once. Ends when each program has ended.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { key, launch, openPage, server } from './graphiql_page.mjs';

const names = process.argv.slice(2);
const TOKEN = 'mutation { createClientToken { token } }';
let requests = 0;

async function token() {
  requests += 1;
  if (requests % 2 === 0) return [503, {}];
  const headers = { 'Content-Type': 'application/json', 'X-API-Key': key };
  const response = await fetch(`${server}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: TOKEN }) });
  const { data } = await response.json();
  return [200, { ...data.createClientToken, expiresAt: new Date().toISOString() }];
}

const app = createServer(async (request, response) => {
  const name = request.url.slice(1);
  if (name === 'client-token') {
    const [status, body] = await token().catch((error) => [502, { message: String(error) }]);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  } else if (names.includes(name)) {
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(await readFile(name));
  } else {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,">');
  }
});
await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${app.address().port}`;

async function run(browser, name) {
  const page = await openPage(browser);
  page.setDefaultTimeout(0);
  await page.addInitScript(() => { Math.random = () => 0; });
  page.on('console', (message) => message.type() === 'log' && console.log(`${name}: ${message.text()}`));
  await page.goto(origin);
  await page.evaluate((program) => import(program), `/${name}`).catch((error) => console.log(`${name}: ${error}`));
}

const browser = await launch();
await Promise.all(names.map((name) => run(browser, name)));
await browser.close();
app.close();
