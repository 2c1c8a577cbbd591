"use strict";

const SETTLE_MS = 150;
const FRAME_PATIENCE_MS = 5_000;

let presets;
// The policy as data, whatever view it was written in.
let fields = {};
// The text that counts: of the view that was changed last.
let source = { format: "json", text: "{}" };
let checked = null;
let checking = Promise.resolve();
let newest = 0;
let timer = 0;
let sending = false;
// How often something was changed: what comes of a request may be about what stood here before.
let edits = 0;
// What was sent last, for who wants to send it once more.
let last = null;

class Refusal extends Error {}

async function ask(path, value) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
  } catch {
    throw new Refusal("The playground's server does not answer. Is it still running?");
  }
  const answer = await response.json();
  if (!response.ok) throw new Refusal(answer.error);
  return answer;
}

function alarm(error) {
  const place = byId("alarm");
  place.hidden = error === null;
  place.textContent = error === null ? "" : error instanceof Refusal ? error.message : `The page has failed: ${error}`;
}

const inputs = () => [...document.querySelectorAll("#form-view [data-key]")];
const input = (key) => inputs().find((element) => element.dataset.key === key);

// What stands in a field, as the configuration has it; undefined if nothing does.
function read(element) {
  const { split } = element.dataset;
  if (element.type === "checkbox") return element.checked ? true : undefined;
  const text = element.value;
  if (split === "number") {
    const number = text.trim();
    return number === "" ? undefined : /^\d{1,15}$/.test(number) ? Number(number) : number;
  }
  const list = text.split(split === "lines" ? "\n" : ",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  return list.length === 0 ? undefined : list;
}

function write(element, value) {
  if (element.type === "checkbox") {
    element.checked = value === true || value === "true";
    return;
  }
  const text = (one) => (typeof one === "string" ? one : JSON.stringify(one));
  const joint = element.dataset.split === "lines" ? "\n" : ", ";
  element.value = value === undefined || value === null ? "" : Array.isArray(value) ? value.map(text).join(joint) : text(value);
}

function showViews(except) {
  if (except !== "form" && checked?.fields) {
    for (const element of inputs()) write(element, fields[element.dataset.key]);
    const more = ["vary", "preflight_status"].some((key) => key in fields) || Object.keys(fields).some((key) => key.startsWith("dangerously_"));
    if (more) byId("more-fields").open = true;
  }
  if (except !== "toml" && checked?.fields) byId("toml-text").value = checked.toml ?? "# TOML has no word for something in it: see the JSON\n";
  if (except !== "json" && checked?.fields) byId("json-text").value = checked.json ?? "";
}

// Checks the source; `from` is the view that it was written in, which is left alone.
function check(from) {
  const mine = ++newest;
  clearTimeout(timer);
  timer = 0;
  checking = (async () => {
    try {
      const answer = await ask("/api/check", source);
      if (mine !== newest) return;
      alarm(null);
      checked = answer;
      if (answer.fields !== null) fields = answer.fields;
      showViews(from);
      showFindings();
    } catch (error) {
      if (mine !== newest) return;
      alarm(error);
      checked = null;
      showUnchecked();
    }
  })();
  return checking;
}

// A verdict is about what was sent, not about what stands above it by now, and so is the change that it proposes.
function age() {
  edits += 1;
  byId("stale").hidden = byId("verdicts").childElementCount === 0;
  for (const id of ["change", "again"]) fill(id);
}

function changed(from) {
  age();
  for (const chip of byId("policy-presets").children) chip.setAttribute("aria-pressed", "false");
  byId("policy-about").textContent = "Your own.";
  if (from === "form") source = { format: "json", text: JSON.stringify(fields) };
  else source = { format: from, text: byId(`${from}-text`).value };
  newest += 1;
  clearTimeout(timer);
  timer = setTimeout(() => check(from), SETTLE_MS);
}

function setFields(next) {
  age();
  fields = next;
  source = { format: "json", text: JSON.stringify(next) };
  return check(null);
}

const isSound = () => checked !== null && checked.syntax === null && checked.problems.length === 0;

// The server has not said what comes of it.
function showUnchecked() {
  const status = byId("findings-status");
  status.className = "status";
  status.textContent = "Not checked: see the message at the top of the page";
  byId("findings").replaceChildren();
  for (const element of [...inputs(), byId("toml-text"), byId("json-text")]) element.setAttribute("aria-invalid", "false");
}

function showFindings() {
  const { syntax, problems, warnings } = checked;
  const count = (some, more, what) => `${some.length + more} ${what}${some.length + more === 1 ? "" : "s"}`;
  const status = byId("findings-status");
  if (syntax !== null) {
    status.className = "status bad";
    status.textContent = `This is no ${source.format.toUpperCase()} yet`;
  } else if (problems.length > 0) {
    status.className = "status bad";
    status.textContent = `${count(problems, checked.more_problems, "problem")}: this policy does not build`;
  } else if (warnings.length > 0) {
    status.className = "status warn";
    status.textContent = `It builds, with ${count(warnings, checked.more_warnings, "warning")}`;
  } else {
    status.className = "status good";
    status.textContent = "It builds: no problems, no warnings";
  }
  const shown = [];
  if (syntax !== null) {
    shown.push(el("li", { class: "finding bad", id: "finding-0" },
      el("div", { class: "tags" }, el("span", { class: "kind" }, "Syntax"), el("code", {}, `line ${syntax.line}`)),
      el("p", {}, syntax.text)));
  }
  for (const problem of problems) shown.push(finding("bad", "Problem", problem, `finding-${shown.length}`));
  for (const warning of warnings) shown.push(finding("warn", "Warning", warning, `finding-${shown.length}`));
  const more = checked.more_problems + checked.more_warnings;
  if (more > 0) shown.push(el("li", { class: "hint" }, `… and ${more} more`));
  const findings = byId("findings");
  // Whoever is in there by keyboard, with a suggestion just written, goes on from where it stands what came of it.
  const isInside = findings.contains(document.activeElement);
  findings.replaceChildren(...shown);
  if (isInside) status.focus();

  // A field is described by its hint, and by what was found in it.
  const found = [...problems, ...warnings].map((one, index) => [one.key, `finding-${index}`]);
  const faulty = new Set(problems.map((problem) => problem.key));
  for (const element of inputs()) {
    const { key, hint } = element.dataset;
    element.setAttribute("aria-invalid", String(faulty.has(key)));
    describe(element, [hint, ...found.filter(([of]) => of === key).map(([, id]) => id)]);
  }
  for (const format of ["toml", "json"]) {
    const text = byId(`${format}-text`);
    const isFaulty = !isSound() && (syntax === null || source.format === format);
    text.setAttribute("aria-invalid", String(isFaulty));
    describe(text, [isFaulty && "findings-status", isFaulty && syntax !== null && "finding-0"]);
  }
  const send = byId("send");
  send.setAttribute("aria-disabled", String(!isSound()));
  const hint = byId("send-hint");
  if (isSound()) hint.replaceChildren(el("kbd", {}, "Ctrl"), " ", el("kbd", {}, "Enter"), " sends from anywhere");
  else hint.textContent = "No server runs with a policy that does not build.";
  hint.classList.toggle("keys", isSound());
}

function describe(element, ids) {
  const list = ids.filter(Boolean).join(" ");
  if (list === "") element.removeAttribute("aria-describedby");
  else element.setAttribute("aria-describedby", list);
}

function finding(kind, word, { code, key, index, place, suggestion, text }, id) {
  const acts = [];
  if (suggestion !== undefined && suggestion !== null) {
    const act = applySuggestion(key, index, place, suggestion);
    if (act !== null) acts.push(el("button", { type: "button", class: "small", onclick: act }, "Write ", el("code", {}, suggestion)));
  }
  // The fields have no place for a key that is none.
  if (!key && place && Object.hasOwn(fields, place)) {
    const remove = () => {
      const { [place]: _, ...others } = fields;
      return setFields(others);
    };
    acts.push(el("button", { type: "button", class: "small", onclick: remove }, "Remove ", el("code", {}, place)));
  }
  if (key && view() === "form") {
    acts.push(el("button", { type: "button", class: "small", onclick: () => goTo(key, index) }, "Go to the field"));
  }
  return el("li", { class: `finding ${kind}`, id },
    el("div", { class: "tags" }, el("span", { class: "kind" }, word), el("code", {}, code)),
    el("p", {}, text),
    acts.length > 0 && el("div", { class: "acts" }, acts));
}

// Only where one entry of a list, or one key, is all that changes.
function applySuggestion(key, index, place, suggestion) {
  if (key && Number.isInteger(index) && Array.isArray(fields[key]) && index < fields[key].length) {
    return () => setFields({ ...fields, [key]: fields[key].with(index, suggestion) });
  }
  if (!key && Object.hasOwn(fields, place) && !Object.hasOwn(fields, suggestion)) {
    return () => setFields(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name === place ? suggestion : name, value])));
  }
  return null;
}

// Selects the entry that a finding is about.
function goTo(key, index) {
  const element = input(key);
  if (!element) return;
  element.closest("details")?.setAttribute("open", "");
  element.focus();
  const mark = { lines: "\n", commas: "," }[element.dataset.split];
  if (mark === undefined || !Number.isInteger(index)) return;
  const parts = element.value.split(mark);
  const start = parts.slice(0, index).join(mark).length + (index > 0 ? 1 : 0);
  element.setSelectionRange(start, start + (parts[index]?.length ?? 0));
}

const view = () => document.querySelector("input[name=view]:checked").value;

function showView() {
  for (const name of ["form", "toml", "json"]) byId(`${name}-view`).hidden = name !== view();
  if (checked) showFindings();
}

function parseHeaders(text) {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

function readRequest() {
  return {
    sender: byId("r-sender").value,
    engine: thisBrowser().engine,
    method: byId("r-method").value,
    path: byId("r-path").value,
    headers: parseHeaders(byId("r-headers").value),
    credentials: byId("r-credentials").value,
    body: byId("r-body").value,
  };
}

function setRequest(preset) {
  age();
  byId("r-sender").value = preset.sender ?? "page";
  byId("r-method").value = preset.method;
  byId("r-path").value = preset.path ?? "items";
  byId("r-headers").value = (preset.headers ?? []).map(([name, value]) => `${name}: ${value}`).join("\n");
  byId("r-credentials").value = preset.credentials ?? "same-origin";
  byId("r-body").value = preset.body ?? "";
  press("request-presets", preset.id);
  showCall();
}

function press(group, id) {
  for (const chip of byId(group).children) chip.setAttribute("aria-pressed", String(chip.dataset.id === id));
}

// As a person would write it in a script.
function literal(value) {
  if (typeof value === "string") {
    const quoted = JSON.stringify(value);
    return value.includes('"') && !/['\\\n]/.test(value) ? `'${value}'` : quoted;
  }
  // An object has each name once.
  const isObject = new Set(value.map(([name]) => name.toLowerCase())).size === value.length;
  const [open, close, pair] = isObject ? ["{", "}", ([name, text]) => `${JSON.stringify(name)}: ${literal(text)}`]
    : ["[", "]", (both) => `[${both.map(literal).join(", ")}]`];
  const entries = value.map(pair);
  return entries.length < 2 ? `${open} ${entries.join("")} ${close}` : `${open}\n    ${entries.join(",\n    ")},\n  ${close}`;
}

function showCall() {
  const request = readRequest();
  const options = {};
  if (request.method !== "GET") options.method = request.method;
  if (request.credentials !== "same-origin") options.credentials = request.credentials;
  if (request.headers.length > 0) options.headers = request.headers;
  if (request.body !== "") options.body = request.body;
  const url = JSON.stringify(`${byId("api-origin").textContent}/${request.path}`);
  const lines = Object.entries(options).map(([name, value]) => `  ${name}: ${literal(value)},\n`);
  byId("call").textContent = lines.length === 0 ? `fetch(${url})` : `fetch(${url}, {\n${lines.join("")}})`;
}

const frames = new Map();

// A frame at another origin, which sends what this page asks it to.
function frame(sender) {
  if (!frames.has(sender)) {
    frames.set(sender, new Promise((resolve, reject) => {
      const src = `${sender === "sandbox" ? presets.origins.page : presets.origins[sender]}/frame`;
      const element = el("iframe", { src, hidden: true, title: `sender at ${presets.origins[sender]}`, sandbox: sender === "sandbox" ? "allow-scripts" : null });
      element.addEventListener("load", () => resolve(element.contentWindow));
      setTimeout(() => reject(new Refusal(`The frame at ${src} did not load.`)), FRAME_PATIENCE_MS);
      document.body.append(element);
    }));
    frames.get(sender).catch(() => frames.delete(sender));
  }
  return frames.get(sender);
}

async function sendFrom(sender, url, request) {
  if (sender === "page") return sendRequest(url, request);
  const target = await frame(sender);
  return new Promise((resolve, reject) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data);
    setTimeout(() => reject(new Refusal("The frame did not answer.")), PATIENCE_MS + FRAME_PATIENCE_MS);
    // A sandboxed frame has no origin that could be named.
    target.postMessage({ url, ask: request }, sender === "sandbox" ? "*" : presets.origins[sender], [channel.port2]);
  });
}

async function fire() {
  if (sending) return;
  sending = true;
  try {
    if (timer !== 0 || checked === null) await check(view());
    await checking;
    if (!isSound()) {
      byId(checked === null ? "alarm" : "findings-status").scrollIntoView({ block: "center" });
      return;
    }
    const request = readRequest();
    const before = edits;
    showBusy();
    const run = await ask("/api/run", { policy: source, ask: request });
    last = { run, request, seen: 0 };
    await sendLast();
    if (edits !== before) age();
  } catch (error) {
    last = null;
    alarm(error);
    const banner = byId("banner");
    banner.className = "banner empty";
    banner.replaceChildren(el("p", { class: "headline" }, "Nothing was sent"), el("p", {}, "See the message at the top of the page."));
    byId("alarm").scrollIntoView({ block: "center" });
  } finally {
    sending = false;
  }
}

async function sendLast() {
  const { run, request, seen } = last;
  const verdict = await sendFrom(request.sender, run.url, request);
  const outcome = await ask("/api/outcome", { run: run.run });
  alarm(null);
  last.seen = outcome.exchanges.length;
  showResult({ run, ask: request, verdict, outcome, seen, apply: applyToml, again: sendAgain });
  const result = byId("result");
  if (result.getBoundingClientRect().top > innerHeight - 160) result.scrollIntoView({ block: "start" });
}

// The same request to the same URL, whose preflight the browser may have kept.
async function sendAgain() {
  if (sending || last === null) return;
  sending = true;
  try {
    byId("result").focus();
    const before = edits;
    await sendLast();
    if (edits !== before) age();
  } catch (error) {
    alarm(error);
    byId("alarm").scrollIntoView({ block: "center" });
  } finally {
    sending = false;
  }
}

async function applyToml(text) {
  byId("toml-text").value = text;
  changed("toml");
  await check(null);
  byId("result").focus();
  await fire();
}

function chip(group, preset, onclick) {
  const button = el("button", { type: "button", "data-id": preset.id, "aria-pressed": "false", class: preset.name.startsWith("Broken") ? "broken" : null, title: preset.about ?? null, onclick }, preset.name);
  byId(group).append(button);
}

async function pickPolicy(preset) {
  press("policy-presets", preset.id);
  byId("policy-about").textContent = preset.about;
  byId("more-fields").open = false;
  setRequest(presets.requests.find((request) => request.id === preset.request));
  await setFields(preset.fields);
}

async function begin() {
  presets = await (await fetch("/presets.json")).json();
  byId("page-origin").textContent = presets.origins.page;
  byId("api-origin").textContent = presets.origins.api;
  for (const option of byId("r-sender").options) option.textContent += `: ${presets.origins[option.value]}`;
  for (const preset of presets.policies) chip("policy-presets", preset, () => pickPolicy(preset));
  for (const preset of presets.requests) chip("request-presets", preset, () => setRequest(preset));

  for (const element of inputs()) {
    element.dataset.hint = element.getAttribute("aria-describedby") ?? "";
    element.addEventListener("input", () => {
      const { [element.dataset.key]: _, ...others } = fields;
      const value = read(element);
      fields = value === undefined ? others : { ...others, [element.dataset.key]: value };
      changed("form");
    });
  }
  for (const format of ["toml", "json"]) byId(`${format}-text`).addEventListener("input", () => changed(format));
  for (const radio of document.querySelectorAll("input[name=view]")) radio.addEventListener("change", showView);
  byId("form-view").addEventListener("submit", (event) => event.preventDefault());
  byId("request-form").addEventListener("input", () => {
    age();
    press("request-presets", null);
    showCall();
  });
  byId("request-form").addEventListener("submit", (event) => {
    event.preventDefault();
    fire();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat) {
      event.preventDefault();
      fire();
    }
  });
  // A reload keeps what was chosen in some browsers: the view must follow.
  showView();
  await pickPolicy(presets.policies[0]);
  document.documentElement.dataset.ready = "yes";
}

begin().catch(alarm);
