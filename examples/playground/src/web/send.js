"use strict";

const PATIENCE_MS = 15_000;
const LONGEST_SHOWN = 2_000;

// One call of fetch, and all that a script learns from it.
async function sendRequest(url, ask) {
  try {
    const headers = new Headers();
    for (const [name, value] of ask.headers) headers.append(name, value);
    const response = await fetch(url, {
      method: ask.method,
      headers,
      credentials: ask.credentials,
      body: ask.body === "" ? undefined : ask.body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = await response.text();
    return {
      readable: true,
      status: response.status,
      statusText: response.statusText,
      type: response.type,
      redirected: response.redirected,
      headers: [...response.headers],
      body: body.length > LONGEST_SHOWN ? body.slice(0, LONGEST_SHOWN) + "…" : body,
    };
  } catch (error) {
    return { readable: false, error: String(error) };
  }
}
