// The official SDK of OpenAI against the whole server, with a test key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { APIError, toFile } from 'openai';
import { key } from './target.mjs';

const baseURL = `http://${process.env.ADDRESS}/v1`;
const client = new OpenAI({ apiKey: key, baseURL });
const model = 'gpt-image-2';
const size = '256x256';
const PNG = '89504e47';

const startOf = (image) => Buffer.from(image.b64_json, 'base64').subarray(0, 4).toString('hex');

const drawn = client.images.generate({ model, prompt: 'A red kite', size, n: 2 });

/** Returns a file to upload: the first drawn picture. */
async function upload() {
  const { data } = await drawn;
  return toFile(Buffer.from(data[0].b64_json, 'base64'), 'picture.png', { type: 'image/png' });
}

/** Returns the HTTP status, the code and the parameter of the error that the call throws. */
async function errorOf(call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof APIError, String(error));
    return [error.status, error.code, error.param];
  }
  return null;
}

test('an image is made', async () => {
  const made = await drawn;

  assert.deepEqual(made.data.map(startOf), [PNG, PNG]);
});

test('images are edited', async () => {
  const made = await client.images.edit({ model, prompt: 'At night', image: [await upload(), await upload()], size });

  assert.deepEqual(made.data.map(startOf), [PNG]);
});

test('a text is spoken', async () => {
  const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Good day.' });

  assert.equal(response.headers.get('content-type'), 'audio/mpeg');
  assert.ok((await response.arrayBuffer()).byteLength > 1000);
});

test('a video is made, listed, downloaded and deleted', async () => {
  const request = { model: 'seedance-2', prompt: 'A red kite', seconds: '5', size: '480x480' };
  let video = await client.videos.create({ ...request, input_reference: await upload() });
  while (['queued', 'in_progress'].includes(video.status)) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    video = await client.videos.retrieve(video.id);
  }
  const film = Buffer.from(await (await client.videos.downloadContent(video.id)).arrayBuffer());
  const ids = [];
  for await (const listed of client.videos.list()) ids.push(listed.id);

  assert.deepEqual([video.status, video.seconds, video.size], ['completed', '5', '480x480']);
  assert.equal(film.subarray(4, 8).toString(), 'ftyp');
  assert.ok(ids.includes(video.id));
  assert.equal((await client.videos.delete(video.id)).deleted, true);
  assert.deepEqual(await errorOf(() => client.videos.retrieve(video.id)), [404, 'not_found', null]);
});

test('errors have a status, a code and a parameter', async () => {
  const image = (fields) => () => client.images.generate({ model, prompt: 'A kite', ...fields });
  const stranger = new OpenAI({ apiKey: 'wrong', baseURL });

  assert.deepEqual(await errorOf(image({ model: 'gpt-image-9' })), [404, 'model_not_found', 'model']);
  assert.deepEqual(await errorOf(image({ size: 'large' })), [400, 'invalid_value', 'size']);
  assert.deepEqual(await errorOf(image({ prompt: 'A kite test:fail' })), [502, 'generation_failed', null]);
  assert.deepEqual(await errorOf(() => stranger.videos.list()), [401, 'invalid_api_key', null]);
});

test('a request that the SDK repeats is bought once', async () => {
  let deliveries = 0;
  const ids = [];
  const losing = async (url, init) => {
    const response = await fetch(url, init);
    if (!String(url).startsWith(baseURL)) return response; // the SDK tests the abilities of fetch
    ids.push(response.headers.get('x-generation-id'));
    deliveries += 1;
    if (deliveries === 1) throw new TypeError('the response is lost');
    return response;
  };
  const unlucky = new OpenAI({ apiKey: key, baseURL, fetch: losing });
  const made = await unlucky.images.edit({ model, prompt: 'Once', image: await upload(), size });

  assert.deepEqual(made.data.map(startOf), [PNG]);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});
