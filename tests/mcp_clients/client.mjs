// The official TypeScript client over Streamable HTTP, and over stdio with `doitong mcp`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const { DOITONG_URL: url, DOITONG_API_KEY: key, PYTHON: python, PYTHONPATH: path } = process.env;
const TOOLS = [
  'get_models',
  'get_balance',
  'estimate_generation_cost',
  'generate_media',
  'get_generation_status',
  'generate_music',
  'get_music_status',
  'generate_dialogue',
  'create_ad_copy',
  'get_status',
  'cancel_generation',
];
const transports = {
  http: () =>
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
      requestInit: { headers: { Authorization: `Bearer ${key}` } },
    }),
  stdio: () =>
    new StdioClientTransport({
      command: python,
      args: ['-m', 'cli', 'mcp'],
      env: { ...process.env, DOITONG_URL: url, DOITONG_API_KEY: key, PYTHONPATH: path },
    }),
};

/**
 * Return the list to which the progress of every notification that arrives from now on is added.
 *
 * `onprogress` is not enough: the SDK calls it in a microtask and drops the handler as soon as the response is read,
 * so that a notification that arrives in the same chunk as the response is lost.
 */
function receivedProgress(client) {
  const progress = [];
  const { transport } = client;
  const deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    if (message.method === 'notifications/progress') progress.push(message.params.progress);
    deliver(message, extra);
  };
  return progress;
}

for (const [name, open] of Object.entries(transports)) {
  const withClient = (title, run) =>
    test(`${name}: ${title}`, async () => {
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(open());
      try {
        await client.listTools(); // the client compares results with the output schemas from now on
        await run((tool, args, options) => client.callTool({ name: tool, arguments: args }, undefined, options), client);
      } finally {
        await client.close();
      }
    });

  withClient('tools and guides are listed', async (_, client) => {
    const { tools } = await client.listTools();
    const { resources } = await client.listResources();
    const { contents } = await client.readResource({ uri: resources[0].uri });
    assert.deepEqual(tools.map((tool) => tool.name), TOOLS);
    assert.ok(client.getInstructions().includes('get_balance'));
    assert.equal(contents[0].mimeType, 'text/markdown');
  });

  withClient('an image is estimated, made and followed with progress', async (call, client) => {
    const request = { model: 'nano-banana-2', prompt: 'a fox' };
    const estimate = await call('estimate_generation_cost', { model: request.model });
    const started = await call('generate_media', request);
    const progress = receivedProgress(client);
    const status = await call(
      'get_generation_status',
      { id: started.structuredContent.generation_id, wait_seconds: 45 },
      { onprogress: () => {} },
    );
    assert.equal(started.structuredContent.estimated_cost_credits, estimate.structuredContent.estimated_cost_credits);
    assert.equal(status.structuredContent.status, 'completed');
    assert.equal(progress.at(-1), 100);
    assert.deepEqual(progress, [...new Set(progress)].sort((a, b) => a - b));
    assert.deepEqual(JSON.parse(status.content[0].text), status.structuredContent);
    const image = await fetch(status.structuredContent.outputs[0].url);
    assert.equal(image.headers.get('content-type'), 'image/png');
  });

  withClient('music has songs', async (call) => {
    const started = await call('generate_music', { prompt: 'calm piano', style: 'lo-fi' });
    const status = await call('get_music_status', {
      id: started.structuredContent.generation_id,
      wait_seconds: 45,
    });
    assert.equal(status.structuredContent.status, 'completed');
    assert.ok(status.structuredContent.songs[0].audio_url);
  });

  withClient('variants of an ad are made', async (call) => {
    const request = { reference_ad_url: 'https://example.com/ad.png', product_text: 'a red mug', variant_count: 2 };
    const started = await call('create_ad_copy', request);
    for (const id of started.structuredContent.generation_ids) {
      const status = await call('get_generation_status', { id, wait_seconds: 45 });
      assert.equal(status.structuredContent.status, 'completed');
    }
    assert.equal(started.structuredContent.generation_ids.length, 2);
  });

  withClient('a bad request is a tool error that says what to do', async (call) => {
    const result = await call('generate_media', { model: 'nano-bananas', prompt: 'a fox' });
    assert.equal(result.isError, true);
    assert.match(result.content[0].text, /^INVALID_INPUT: .*nano-banana-2.*Correct the arguments/s);
  });
}
