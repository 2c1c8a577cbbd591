"use strict";

// How results are shown. Whatever others wrote becomes text: nothing here, nor anywhere on the page, makes markup of it,
// and the page's Content-Security-Policy forbids it.

function el(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

// `code` between backticks, as the crate writes it.
const withCode = (text) => text.split("`").map((part, index) => (index % 2 === 1 ? el("code", {}, part) : part));

const byId = (id) => document.getElementById(id);
const fill = (id, ...children) => byId(id).replaceChildren(...children.flat().filter((child) => child instanceof Node));

// What the browser calls itself; the model then follows the same engine.
function thisBrowser() {
  const agent = navigator.userAgent;
  const version = (pattern) => agent.match(pattern)?.[1];
  if (/Firefox\//.test(agent)) return { engine: "firefox", name: `Firefox ${version(/Firefox\/(\d+)/)}` };
  if (/(?:Chrome|Chromium)\/\d/.test(agent)) return { engine: "chromium", name: `Chromium ${version(/Chrom\w+\/(\d+)/)}` };
  if (/AppleWebKit\//.test(agent)) return { engine: "webkit", name: `WebKit (${version(/Version\/([\d.]+)/) ?? "version unknown"})` };
  return { engine: "other", name: "This browser" };
}

function showBusy() {
  byId("stale").hidden = true;
  const banner = byId("banner");
  banner.className = "banner busy";
  banner.replaceChildren(el("p", { class: "headline" }, "Sending …"));
  for (const id of ["verdicts", "change", "wire", "again"]) fill(id);
}

// As many exchanges of one try as the server keeps.
const MOST_EXCHANGES = 8;

// `seen`: how many exchanges of this try were shown before, when it was sent for the first time.
function showResult({ run, ask, verdict, outcome, seen, apply, again }) {
  const exchanges = outcome.exchanges.slice(seen);
  const actual = exchanges.filter((exchange) => !exchange.preflight);
  const preflighted = exchanges.length > actual.length;
  showBanner(run, ask, verdict, exchanges, actual, preflighted, seen > 0);
  fill("verdicts", browserCard(verdict, actual), modelCard(run, verdict, seen > 0), policyCard(outcome));
  showChange(verdict.readable ? null : outcome.change, apply);
  showWire(exchanges, verdict, ask, run);
  const hasRoom = outcome.exchanges.length + Math.max(exchanges.length, 2) <= MOST_EXCHANGES;
  showAgain(verdict.readable && hasRoom ? run.kept : null, again);
}

function showBanner(run, ask, verdict, exchanges, actual, preflighted, isAgain) {
  const banner = byId("banner");
  const what = `${ask.method} from ${run.origin}`;
  if (verdict.readable) {
    const how = preflighted ? "asked with a preflight, then sent"
      : isAgain ? "sent at once, for the browser has kept the permission" : "sent at once, no preflight";
    banner.className = "banner good";
    banner.replaceChildren(
      el("p", { class: "headline" }, el("span", { "aria-hidden": "true" }, "✓"), "The page may read the answer"),
      el("p", {}, `${what}: ${how}; status ${verdict.status}.`),
    );
    return;
  }
  let fate;
  if (actual.some((exchange) => !exchange.by_policy)) {
    fate = "the service did run it. CORS keeps the answer from the page, not the request from the service.";
  } else if (actual.length > 0) {
    fate = "it was sent, and the policy kept it from the service.";
  } else if (exchanges.length > 0) {
    fate = "the preflight was not granted, so the request was never sent.";
  } else {
    fate = "the browser refuses the call itself.";
  }
  banner.className = "banner bad";
  banner.replaceChildren(
    el("p", { class: "headline" }, el("span", { "aria-hidden": "true" }, "✗"), exchanges.length > 0 ? "Refused: the page may not read the answer" : "Failed: nothing was sent"),
    el("p", {}, `${what}: ${fate}`),
  );
}

function card(good, title, tag, says, ...rest) {
  return el(
    "section",
    { class: `card ${good === null ? "" : good ? "good" : "bad"}` },
    el("h3", {}, title, tag),
    el("p", { class: "says" }, says),
    ...rest,
  );
}

// JSON on several lines; anything else as it is.
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function browserCard(verdict, actual) {
  const tag = el("span", { class: "tag" }, "for real");
  const name = thisBrowser().name;
  if (!verdict.readable) {
    return card(
      false, name, tag, "fetch() failed",
      el("pre", { class: "code told" }, verdict.error),
      el("p", { class: "hint" }, "A script learns no more than this. The reason stands in the developer tools, and in the other two cards."),
    );
  }
  const hidden = hiddenHeaders(verdict, actual);
  return card(
    true, name, tag, `fetch() gave a response: ${verdict.status} ${verdict.statusText}`,
    el("pre", { class: "code told" }, verdict.body === "" ? "(no body)" : indented(verdict.body)),
    el("p", { class: "hint told" }, `Readable headers: ${verdict.headers.map(([key]) => key).join(", ") || "none"}.`),
    hidden.length > 0 && el("p", { class: "hint told" }, `Hidden from the script: ${hidden.join(", ")}.`),
  );
}

// What nobody reads in a script, and nobody misses there.
const OF_NO_USE = /^(?:access-control-.*|vary|x-content-type-options|content-security-policy)$/;

// The headers that came and that the script does not see.
function hiddenHeaders(verdict, actual) {
  const last = actual.at(-1);
  if (last === undefined || !verdict.readable) return [];
  const readable = new Set(verdict.headers.map(([name]) => name));
  return [...new Set(last.response.headers.map(([name]) => name).filter((name) => !readable.has(name) && !OF_NO_USE.test(name)))];
}

function modelCard(run, verdict, isAgain) {
  const { model } = run;
  const agree = model.readable === verdict.readable;
  const tag = el("span", { class: `tag ${agree ? "good" : "warn"}` }, agree ? "agrees" : "differs");
  const notes = [...(model.notes ?? [])];
  if (model.preflight_reasons?.length > 0 && model.readable && !isAgain) {
    notes.unshift(`a preflight was needed because ${model.preflight_reasons.join(", ")}`);
  }
  return card(
    model.readable, "The crate's model of it", tag,
    model.readable ? `Readable: status ${model.status}` : model.cors ? "Blocked by CORS" : "Blocked, and not by CORS",
    model.sentence && el("p", { class: "told" }, withCode(model.sentence.replaceAll(`/run/${run.run}/`, "/…/"))),
    model.rule && el("a", { href: model.rule, rel: "noreferrer", target: "_blank" }, "the rule in the standard"),
    notes.map((note) => el("p", { class: "hint told" }, withCode(note.charAt(0).toUpperCase() + note.slice(1) + "."))),
    !agree && el("p", { class: "hint" }, "Model and browser do not agree: the cause lies outside of what the model knows, such as an extension or a prompt."),
  );
}

function policyCard(outcome) {
  const why = outcome.explanation;
  if (why === null) {
    return card(null, "The policy", null, "It was not asked", el("p", {}, "No request reached the server."));
  }
  return card(
    why.allowed, "The policy, explained", el("span", { class: "tag" }, why.code),
    why.allowed ? "Allowed" : why.near_miss === null ? "Not allowed" : "Not allowed, but nearly",
    el("p", { class: "told" }, why.text),
    why.near_miss !== null &&
      el("p", { class: "near" }, el("span", { class: "hint" }, "near miss: the list has"), el("code", {}, why.near_miss)),
  );
}

function showChange(change, apply) {
  if (change === null || change === undefined) return fill("change");
  const lines = change.lines.flatMap(({ before, after }) => [
    before !== null && el("span", { class: "del" }, `- ${before}`),
    el("span", { class: "ins" }, `+ ${after}`),
  ]);
  fill(
    "change",
    el("h3", { class: "sub" }, change.lines.length === 1 ? "The line to change" : "The lines to change"),
    el("pre", { class: "code diff" }, lines.filter(Boolean)),
    el("div", { class: "go" },
      el("button", { type: "button", class: "primary", id: "apply", onclick: () => apply(change.toml) }, "Change it and send again"),
      el("span", { class: "hint" }, "Tried on the model: the request passes then. Whether it should is yours to say.")),
  );
}

const FIRST = ["origin", "access-control-", "vary", "cookie", "set-cookie", "content-type", "authorization"];

function headerLine([name, value], marked, hidden) {
  return el(
    "div",
    { class: marked ? "cors" : null },
    el("dt", {}, `${name}: `), el("dd", {}, value),
    hidden && el("span", { class: "tag" }, "hidden from scripts"),
  );
}

function headerList(headers, asked, hidden) {
  const isFirst = ([name]) =>
    FIRST.some((first) => (first.endsWith("-") ? name.startsWith(first) : name === first)) || asked.has(name);
  const isCors = ([name]) => name === "origin" || name.startsWith("access-control-");
  const first = headers.filter(isFirst);
  const rest = headers.filter((header) => !isFirst(header));
  const list = (some) => el("dl", { class: "lines" }, some.map((header) => headerLine(header, isCors(header), hidden.has(header[0]))));
  return [
    first.length > 0 && list(first),
    rest.length > 0 && el("details", {}, el("summary", {}, `${rest.length} more ${rest.length === 1 ? "header" : "headers"}`), list(rest)),
  ];
}

// What the browser makes of the permission that a preflight got.
function keptFor(seconds) {
  const { name } = thisBrowser();
  if (seconds === 0) return `${name} does not keep this permission: each such request is asked for anew.`;
  return `${name} keeps this permission for ${seconds} s, for this origin and this URL alone: until then the same request goes without a preflight. Every try has a URL of its own, and so begins with one.`;
}

function showAgain(kept, again) {
  if (kept === null) return fill("again");
  fill(
    "again",
    el("div", { class: "go" },
      el("button", { type: "button", class: "small", id: "send-again", onclick: again }, "Send it again to the same URL"),
      thisBrowser().engine === "firefox" && el("span", { class: "hint" }, "Firefox repeats its first preflights to a server all the same.")),
  );
}

function showWire(exchanges, verdict, ask, run) {
  if (exchanges.length === 0) return fill("wire");
  const asked = new Set(ask.headers.map(([name]) => name.toLowerCase()));
  const actual = exchanges.filter((exchange) => !exchange.preflight);
  const hidden = new Set(hiddenHeaders(verdict, actual));
  const shown = exchanges.map((exchange) => {
    const { preflight, by_policy, request, response } = exchange;
    const isLast = exchange === exchanges.at(-1);
    const bad = isLast && !verdict.readable;
    const start = `${response.status} ${response.reason ?? ""}`;
    return el(
      "details", { class: "exchange", open: true },
      el("summary", {},
        el("b", {}, preflight ? "Preflight" : "Request"),
        el("code", {}, `${request.method} ${request.path.replace(/^\/run\/[0-9a-f]+/, "/…")}`),
        el("span", { class: `tag ${bad ? "bad" : "good"}` }, start),
        el("span", { class: "hint" }, by_policy ? "answered by the policy" : "answered by the service")),
      el("div", { class: "sides" },
        el("div", { class: "side" },
          el("h4", {}, "The server received"),
          el("p", { class: "start" }, `${request.method} ${request.path}`),
          headerList(request.headers, asked, new Set()),
          request.body !== "" && el("pre", { class: "code" }, request.body)),
        el("div", { class: "side" },
          el("h4", {}, "The server sent"),
          el("p", { class: "start" }, start),
          headerList(response.headers, new Set(["etag", "x-total-count", "grpc-status", "grpc-message", "location"]), isLast ? hidden : new Set()),
          response.body !== "" && el("pre", { class: "code" }, response.body),
          preflight && run.kept !== null && el("p", { class: "hint kept" }, keptFor(run.kept)))),
    );
  });
  fill("wire", el("h3", { class: "sub" }, "On the wire"), shown);
}
