// Opens the link with the key in every way a person does, and prints as JSON what was seen.
import { isReady, launch, link, openPage, openTab, placesOfKey, run, server } from './graphiql_page.mjs';

const browser = await launch();
const context = await browser.newContext();

const VARIABLES_TIMEOUT = 10_000; // milliseconds

const hasExample = (page) =>
  page
    .waitForFunction(
      () => document.querySelector('.graphiql-editor-tool .view-lines')?.innerText.includes('lighthouse'),
      undefined,
      { timeout: VARIABLES_TIMEOUT },
    )
    .then(() => true, () => false);

async function account(page) {
  await openTab(page, 'Account');
  await run(page);
  await page.waitForFunction(() => /"(available|code)"/.test(document.querySelector('.graphiql-response')?.innerText));
  return (await page.locator('.graphiql-response .view-lines').innerText()).includes('"available"');
}

async function state(page) {
  await isReady(page);
  return { variables: await hasExample(page), signedIn: await account(page), placesOfKey: await placesOfKey(page) };
}

const first = await openPage(context);
await first.goto(link);
await first.waitForFunction(() => localStorage.getItem('graphiql:tabState'));
await first.close();

const second = await openPage(context);
await second.goto(link);
const seen = { second: await state(second) };
await openTab(second, 'GenerateImage');
await second.reload();
seen.reloaded = await state(second);

const pasted = await openPage(await browser.newContext());
await pasted.goto(`${server}/graphiql/`);
await isReady(pasted);
seen.withoutKey = await account(pasted);
await openTab(pasted, 'GenerateImage');
await Promise.all([
  pasted.waitForEvent('framenavigated', () => !pasted.url().includes('#')),
  pasted.evaluate((address) => location.assign(address), link),
]);
await pasted.waitForFunction(() => !location.hash);
seen.pasted = await state(pasted);

console.log(JSON.stringify(seen));
await browser.close();
