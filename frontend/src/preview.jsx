import { useGraphiQL } from '@graphiql/react';

const MAX_SHOWN = 8;

// The outputs anywhere in a response: objects with `url` and `mediaType`.
function outputsIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  if (typeof value.url === 'string' && typeof value.mediaType === 'string') return [value];
  return Object.values(value).flatMap(outputsIn);
}

function parse(response) {
  try {
    return JSON.parse(response);
  } catch {
    return null; // empty while the request runs
  }
}

function Output({ url, mediaType }) {
  if (mediaType.startsWith('image/')) return <img src={url} alt="" />;
  if (mediaType.startsWith('video/')) return <video src={url} controls />;
  return mediaType.startsWith('audio/') ? <audio src={url} controls /> : null;
}

// Shows the media of the response of the active tab. The content security policy allows those of this origin only.
export function Preview() {
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response);
  const outputs = outputsIn(parse(response)).filter(({ url }) => url.startsWith(`${location.origin}/`));
  return outputs.slice(0, MAX_SHOWN).map((output) => <Output key={output.url} {...output} />);
}
