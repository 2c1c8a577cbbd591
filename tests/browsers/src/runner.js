// Runs cases as they are asked for, and tells what a script sees of each step.

function seen(response, body) {
  // A `Headers` object is in the order of its names already. No two answers share a date; the other name is Firefox's own,
  // for the protocol.
  const headers = [...response.headers].filter(([name]) => !["date", "x-firefox-spdy"].includes(name));
  return { kind: response.type, status: response.status, headers, body };
}

const blocked = { kind: "blocked", status: 0, headers: [], body: null };
const happened = (kind) => ({ kind, status: 0, headers: [], body: null });

async function viaFetch(step) {
  const init = {
    method: step.method,
    headers: step.headers,
    credentials: step.credentials,
    mode: step.mode,
    redirect: step.redirect,
    keepalive: step.keepalive,
  };
  if (step.body !== null) init.body = step.body;
  try {
    const response = await fetch(step.url, init);
    const body = response.type === "opaque" || response.type === "opaqueredirect" ? null : await response.text();
    return seen(response, body);
  } catch {
    return blocked;
  }
}

function viaXhr(step, { listen = false, isAsync = true } = {}) {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    xhr.open(step.method, step.url, isAsync);
    xhr.withCredentials = step.credentials === "include";
    for (const [name, value] of step.headers) xhr.setRequestHeader(name, value);
    const events = new Set();
    if (listen) {
      for (const kind of ["loadstart", "progress", "load", "error", "abort", "timeout", "loadend"]) {
        xhr.upload.addEventListener(kind, () => events.add(kind));
      }
    }
    const end = (result) => resolve({ ...result, events: [...events] });
    xhr.onload = () => {
      const headers = new Headers();
      for (const line of xhr.getAllResponseHeaders().trim().split("\r\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
      }
      end(seen({ headers, type: "cors", status: xhr.status }, xhr.responseText));
    };
    xhr.onerror = () => end(blocked);
    try {
      xhr.send(step.body);
    } catch {
      end(blocked);
    }
  });
}

function viaEventSource(step) {
  return new Promise((resolve) => {
    const source = new EventSource(step.url, { withCredentials: step.credentials === "include" });
    const end = (result) => {
      source.close();
      resolve(result);
    };
    source.onmessage = () => end(happened("open"));
    source.onerror = () => end(blocked);
  });
}

function viaWebSocket(step) {
  return new Promise((resolve) => {
    const socket = new WebSocket(step.url);
    const end = (result) => {
      socket.close();
      resolve(result);
    };
    socket.onopen = () => end(happened("open"));
    socket.onerror = () => end(blocked);
  });
}

function viaLink(step, rel) {
  const link = document.createElement("link");
  link.rel = rel;
  link.as = "script";
  return viaElement(step, link, "href");
}

let fonts = 0;

// A font of a style sheet is loaded when a text needs it.
async function viaFont(step) {
  const family = `font${fonts++}`;
  const style = document.createElement("style");
  style.textContent = `@font-face { font-family: ${family}; src: url("${step.url}"); }`;
  document.head.append(style);
  const text = document.createElement("p");
  text.textContent = "A";
  text.style.fontFamily = family;
  document.documentElement.append(text);
  text.getBoundingClientRect();
  try {
    await [...document.fonts].find((face) => face.family === family).loaded;
    return happened("loaded");
  } catch {
    return blocked;
  } finally {
    text.remove();
  }
}

async function viaFontFace(step) {
  try {
    await new FontFace(`font${fonts++}`, `url("${step.url}")`).load();
    return happened("loaded");
  } catch {
    return blocked;
  }
}

function viaElement(step, element, url) {
  return new Promise((resolve) => {
    if (step.crossorigin !== null) element.crossOrigin = step.crossorigin;
    element.onload = () => resolve(happened("loaded"));
    element.onerror = () => resolve(blocked);
    element[url] = step.url;
    document.documentElement.append(element);
  });
}

// Waits until the service has got the request.
async function arrived(url) {
  const id = new URL(url).pathname.split("/").pop();
  while ((await (await fetch(`/arrived/${id}`)).text()) === "0") {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function viaForm(step) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = "target" + Math.random();
    document.documentElement.append(frame);
    const form = document.createElement("form");
    form.method = step.method;
    form.action = step.url;
    form.target = frame.name;
    document.documentElement.append(form);
    // The page's own policy for as long as the form is under way; a form's `rel` would open a window.
    const policy = document.createElement("meta");
    policy.name = "referrer";
    policy.content = step.referrer_policy || "strict-origin-when-cross-origin";
    document.head.append(policy);
    form.submit();
    // Firefox tells nothing of a frame whose answer is empty.
    arrived(step.url).then(() => {
      policy.content = "strict-origin-when-cross-origin";
      frame.remove();
      form.remove();
      resolve(happened("navigated"));
    });
  });
}

async function run(step) {
  switch (step.via) {
    case "fetch":
      return viaFetch(step);
    case "xhr":
      return viaXhr(step);
    case "xhr_sync":
      return viaXhr(step, { isAsync: false });
    case "xhr_upload":
      return viaXhr(step, { listen: true });
    case "event_source":
      return viaEventSource(step);
    case "web_socket":
      return viaWebSocket(step);
    case "image":
      return viaElement(step, new Image(), "src");
    case "script":
      return viaElement(step, document.createElement("script"), "src");
    case "module_script": {
      const script = document.createElement("script");
      script.type = "module";
      return viaElement(step, script, "src");
    }
    case "preload":
      return viaLink(step, "preload");
    case "module_preload":
      return viaLink(step, "modulepreload");
    case "font":
      return viaFont(step);
    case "font_face":
      return viaFontFace(step);
    case "form":
      return viaForm(step);
    case "connect":
    case "grpc_web":
      return (await import("/clients.js"))[step.via](step);
    case "beacon": {
      const sent = navigator.sendBeacon(step.url, step.body);
      if (sent) await arrived(step.url);
      return happened(sent ? "sent" : "blocked");
    }
  }
}

// Runs the steps that the page sends to this frame.
function runForParent() {
  onmessage = async ({ data }) => {
    const results = [];
    for (const step of data) results.push(await run(step));
    parent.postMessage(results, "*");
  };
  parent.postMessage("ready", "*");
}

function runIn(frame, steps) {
  return new Promise((resolve) => {
    const listen = ({ source, data }) => {
      if (source !== frame.contentWindow) return;
      if (data === "ready") {
        frame.contentWindow.postMessage(steps, "*");
      } else {
        removeEventListener("message", listen);
        frame.remove();
        resolve(data);
      }
    };
    addEventListener("message", listen);
    document.documentElement.append(frame);
  });
}

// A frame for a document with this script: `set` gets both.
function framed(set) {
  const frame = document.createElement("iframe");
  const source = document.querySelector("script[src]").src;
  set(frame, `<script src="${source}"></` + `script><script>runForParent()</` + `script>`);
  return frame;
}

function runSandboxed(steps) {
  return runIn(framed((frame, text) => Object.assign(frame, { sandbox: "allow-scripts", srcdoc: text })), steps);
}

async function runFramed(step) {
  if (step.frame === "sandbox") return (await runSandboxed([{ ...step, frame: null }]))[0];
  const frame = framed((frame, text) => (frame.src = step.frame === "data" ? `data:text/html,${text}` : step.frame));
  const [result] = await runIn(frame, [{ ...step, frame: null }]);
  return result;
}

async function main() {
  const { warming, cases } = await (await fetch("/cases")).json();
  for (const step of warming) await run(step);
  for (const { id, sandboxed, steps } of cases) {
    let results = [];
    if (sandboxed) {
      results = await runSandboxed(steps);
    } else {
      for (const step of steps) {
        results.push(await (step.frame === null ? run(step) : runFramed(step)));
        if (step.pause > 0) await new Promise((resolve) => setTimeout(resolve, step.pause));
      }
    }
    await fetch(`/result/${id}`, { method: "POST", body: JSON.stringify(results) });
  }
  await fetch("/done", { method: "POST" });
}
