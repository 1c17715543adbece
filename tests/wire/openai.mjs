// The official SDK of OpenAI against the whole server, with a test key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, crc32 } from 'node:zlib';
import OpenAI, { APIError, toFile } from 'openai';
import { key } from './target.mjs';

const baseURL = `http://${process.env.ADDRESS}/v1`;
const client = new OpenAI({ apiKey: key, baseURL });
const model = 'gpt-image-2';
const size = '256x256';
const PNG = '89504e47';

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function picture(width, height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height, 0x80);
  for (let row = 0; row < height; row += 1) rows[row * (width + 1)] = 0;
  const signature = Buffer.from(`${PNG}0d0a1a0a`, 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

const upload = () => toFile(picture(64, 64), 'picture.png', { type: 'image/png' });
const startOf = (image) => Buffer.from(image.b64_json, 'base64').subarray(0, 4).toString('hex');

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
  const made = await client.images.generate({ model, prompt: 'A red kite', size, n: 2 });

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
