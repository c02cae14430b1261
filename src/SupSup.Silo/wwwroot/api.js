// Asks the silo that served this page.

const STORED = "supsup.key";
let askForKey = null;

/** Why a request was not answered as hoped: an answer of the kind application/problem+json, or none at all. */
export class Problem extends Error {
    /**
     * @param {number} status the HTTP status; 0 where nothing was answered
     * @param {string} title what kind of problem
     * @param {string} detail what is wrong and what to do
     * @param {{retryAfter?: number, traceId?: string}} [more] seconds to wait, and what finds the request in the logs
     */
    constructor(status, title, detail, { retryAfter = null, traceId = null } = {}) {
        super(detail);
        this.status = status;
        this.title = title;
        this.retryAfter = retryAfter;
        this.traceId = traceId;
    }

    /** Whether the same request may be answered later. */
    get passes() { return this.status === 0 || this.status === 429 || this.status >= 500; }
}

/** Sets who is asked for another key: gets the problem, and tells (async) whether there is a new key to try. */
export function onDenied(ask) { askForKey = ask; }

/** Keeps the API key until the tab is closed; an empty one is forgotten. */
export function setKey(key) {
    if (key) sessionStorage.setItem(STORED, key);
    else sessionStorage.removeItem(STORED);
}

/** Whether there is a key. */
export const hasKey = () => sessionStorage.getItem(STORED) !== null;

/** A path, its variable parts escaped: path`/v1/models/${name}`. */
export const path = (texts, ...values) => String.raw({ raw: texts }, ...values.map(encodeURIComponent));

/** GET, POST, PUT and DELETE; the body and the answer are JSON. Throws {@link Problem}, and AbortError once the signal aborts. */
export const get = (url, options) => json("GET", url, undefined, options);
export const post = (url, body, options) => json("POST", url, body, options);
export const put = (url, body, options) => json("PUT", url, body, options);
export const del = (url, options) => json("DELETE", url, undefined, options);

/** Sends a file, of a type where it is one that says something; the answer is JSON. */
export const upload = (method, url, blob, type = "application/octet-stream", options = {}) =>
    json(method, url, new Blob([blob], { type }), options);

/** What is no JSON: the response. */
export const raw = (url, options = {}) => send("GET", url, undefined, options);

/** Has the browser store a file. A link is enough where no key has to be sent: it then writes the file as it comes. */
export async function download(url, name) {
    const href = hasKey() ? URL.createObjectURL(await (await raw(url)).blob()) : url;
    const link = document.createElement("a");
    Object.assign(link, { href, download: name }).click();
    if (hasKey()) setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** The lines of an answer of the kind application/x-ndjson, as they come. */
export async function* lines(url, { signal } = {}) {
    const response = await send("GET", url, undefined, { signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    try {
        while (true) {
            const { value, done } = await read(reader, signal);
            const parts = (rest + (value ?? "")).split("\n");
            rest = done ? "" : parts.pop();
            for (const part of parts) if (part.trim()) yield whole(parse(part));
            if (done) return;
        }
    } finally {
        reader.cancel().catch(() => { }); // the reader may have failed already, which was thrown above
    }
}

async function json(method, url, body, options) {
    const response = await send(method, url, body, options);
    return response.status === 204 ? null : parse(await response.text());
}

async function send(method, url, body, { signal, quiet = false } = {}) {
    for (; ;) {
        const problem = await attempt(method, url, body, signal);
        if (problem instanceof Response) return problem;
        const denied = problem.status === 401 || problem.status === 403;
        if (quiet || !denied || !askForKey || !await askForKey(problem)) throw problem;
    }
}

async function attempt(method, url, body, signal) {
    const headers = { Accept: "application/json, application/x-ndjson, application/problem+json" };
    const key = sessionStorage.getItem(STORED);
    if (key) headers.Authorization = `Bearer ${key}`;
    if (body !== undefined) headers["Content-Type"] = body instanceof Blob ? body.type : "application/json";
    try {
        const response =
            await fetch(url, { method, headers, signal, cache: "no-store",
                body: body === undefined || body instanceof Blob ? body : JSON.stringify(body) });
        return response.ok ? response : await refused(response);
    } catch (e) {
        throw unreachable(e);
    }
}

async function refused(response) {
    const text = await response.text();
    let said = {};
    if (response.headers.get("content-type")?.includes("json")) {
        try {
            said = JSON.parse(text);
        } catch (e) {
            if (!(e instanceof SyntaxError)) throw e;
        }
    }
    const wait = Number(response.headers.get("retry-after"));
    return new Problem(
        response.status,
        said.title ?? `${response.status} ${response.statusText}`.trim(),
        said.detail ?? said.error ?? said.reasons?.join("; ") ?? `The silo answered with status ${response.status} and no explanation.`,
        { retryAfter: wait > 0 ? wait : null, traceId: said.traceId ?? null });
}

async function read(reader, signal) {
    try {
        return await reader.read();
    } catch (e) {
        throw signal?.aborted ? e : unreachable(e);
    }
}

// A stream that fails midway can only say so in its last line.
function whole(line) {
    if (typeof line.error !== "string" || line.status === undefined) return line;
    throw new Problem(line.status, line.title ?? "Failed", line.detail ?? line.error, { traceId: line.traceId ?? null });
}

function unreachable(e) {
    return e instanceof TypeError
        ? new Problem(0, "No answer", "The silo does not answer. It may have stopped, or the network is down.") : e;
}

// Seeds have 64 bits and would be rounded: large ones are kept as text.
function parse(text) {
    try {
        return JSON.parse(text.replace(/("seed":\s*)(\d{16,})/g, '$1"$2"'));
    } catch (e) {
        throw e instanceof SyntaxError ? new Problem(0, "Not understood", `The silo's answer is no JSON: ${text.slice(0, 80)}`) : e;
    }
}
