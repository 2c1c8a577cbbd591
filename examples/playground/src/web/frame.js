"use strict";

// Sends requests in the page's stead, so that they come from this frame's origin. It listens to the playground's page
// only, and can do no more than that page: its Content-Security-Policy lets it reach the API and nothing else.
const page = `http://localhost${location.port === "" ? "" : ":" + location.port}`;

addEventListener("message", async (event) => {
  if (event.origin !== page || event.source !== parent || event.ports.length !== 1) return;
  event.ports[0].postMessage(await sendRequest(event.data.url, event.data.ask));
});
