// SPDX-License-Identifier: GPL-3.0-or-later
// Talking to webd: every address is relative, every failure becomes an ApiError with a
// machine code and a sentence.
import { t } from "./i18n";
import { Store } from "./store";
import type { Said, SaidInner, Session } from "./types";

const BASE = "api/v1/";
const DEADLINE_MS = 15000;

export class ApiError extends Error {
	constructor(
		readonly code: string,
		message: string,
		readonly status: number,
		readonly retryAfter = 0,
		readonly template = "",		/* the sentence with {0}, {1} for its parameters */
		readonly params: readonly string[] = [],
		readonly inner: readonly SaidInner[] = [],
	) {
		super(message);
	}
}

/** Who is signed in; undefined until webd answered for the first time. */
export const session = new Store<Session | undefined>(undefined);
export const sessionError = new Store<ApiError | undefined>(undefined);

interface Options {
	body?: unknown;
	text?: boolean;
	bytes?: { at: number; n: number };	/* this range of a file, as a Uint8Array */
	signal?: AbortSignal;
	deadlineMs?: number;
}

export function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
	return call<T>(method, BASE + path, options);
}

async function call<T>(method: string, url: string, options: Options): Promise<T> {
	const stop = new AbortController();
	const timer = setTimeout(() => stop.abort(), options.deadlineMs ?? DEADLINE_MS);
	options.signal?.addEventListener("abort", () => stop.abort());
	const headers: Record<string, string> = { Accept: options.bytes ? "application/octet-stream" : options.text ? "text/plain" : "application/json" };
	if (options.bytes) headers.Range = `bytes=${options.bytes.at}-${options.bytes.at + options.bytes.n - 1}`;
	if (method !== "GET") {
		const csrf = session.value?.csrf;
		if (csrf) headers["X-Camherd-CSRF"] = csrf;
	}
	const body = options.body ?? (method === "GET" ? undefined : {});
	if (body !== undefined) headers["Content-Type"] = "application/json";
	let answer: Response;
	try {
		answer = await fetch(url, {
			method,
			headers,
			body: body === undefined ? undefined : JSON.stringify(body),
			signal: stop.signal,
			credentials: "same-origin",
			// What webd lets a browser keep is asked for by its tag; it lets it keep nothing private.
			cache: "no-cache",
		});
		if (!answer.ok) throw await failure(answer);
		if (options.bytes) {
			const all = new Uint8Array(await answer.arrayBuffer());
			// A proxy may have dropped the range.
			return (answer.status === 206 ? all : all.slice(options.bytes.at, options.bytes.at + options.bytes.n)) as T;
		}
		if (options.text) return (await answer.text()) as T;
		const text = await answer.text();
		return (text === "" ? undefined : JSON.parse(text)) as T;
	} catch (e) {
		if (e instanceof ApiError) throw e;
		if (e instanceof SyntaxError) throw new ApiError("bad-answer", t("error.bad-answer"), 0);
		if (stop.signal.aborted && !options.signal?.aborted) {
			throw new ApiError("no-answer", t("error.no-answer"), 0);
		}
		throw new ApiError("unreachable", t("error.unreachable"), 0);
	} finally {
		clearTimeout(timer);
	}
}

async function failure(answer: Response): Promise<ApiError> {
	let code = `http-${answer.status}`;
	let message = t("error.http", { status: String(answer.status) });
	let parts: Partial<Said> = {};
	try {
		const body = (await answer.json()) as { error?: { code?: string; message?: string } & Partial<Said> };
		if (body.error?.code) code = body.error.code;
		if (body.error?.message) [message, parts] = [body.error.message, body.error];
	} catch {
		// Not from webd itself: the status is all we know.
	}
	if (answer.status === 401 && session.value?.signed_in) void loadSession();
	return new ApiError(code, message, answer.status, Number(answer.headers.get("Retry-After")) || 0, parts.template, parts.params, parts.inner);
}

let changing = false;

export async function loadSession(): Promise<void> {
	if (changing) return;
	try {
		const now = await request<Session>("GET", "state");
		if (changing) return;
		session.set(now);
		sessionError.set(undefined);
	} catch (e) {
		sessionError.set(asApiError(e));
	}
}

/** A new password ends all sessions of its user: this browser gets a new one at once. */
export async function changeMyPassword(old: string, fresh: string): Promise<void> {
	changing = true;
	try {
		await request("POST", "password", { body: { password: fresh, my_password: old } });
	} finally {
		changing = false;
		await loadSession();
	}
}

/** "?a=1&b=two%20words": webd takes a plus sign for a plus sign. */
export function query(params: Record<string, string | number>): string {
	return `?${Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&")}`;
}

export function asApiError(e: unknown): ApiError {
	return e instanceof ApiError ? e : new ApiError("page", String(e), 0);
}

const BUSY_TRIES = 10;
const BUSY_MS = 2000;

/** Send a file to a path as it is; told says how far it got, from 0 to 1. webd takes one
 * at a time: who comes second tries again for a while. */
export async function send<T>(
	path: string,
	params: Record<string, string | number>,
	type: string,
	file: Blob,
	told: (share: number) => void,
): Promise<T> {
	for (let tries = 1; ; tries++) {
		try {
			return await post<T>(path + (Object.keys(params).length > 0 ? query(params) : ""), type, file, told);
		} catch (e) {
			if (asApiError(e).code !== "busy" || tries === BUSY_TRIES) throw e;
			await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
		}
	}
}

/** A file for a job. */
export function upload(file: File, told: (share: number) => void): Promise<{ incoming: string; size: number }> {
	return send("incoming", {}, "application/octet-stream", file, told);
}

function post<T>(url: string, type: string, file: Blob, told: (share: number) => void): Promise<T> {
	return new Promise((resolve, reject) => {
		const xhr = new XMLHttpRequest();
		xhr.open("POST", BASE + url);
		xhr.setRequestHeader("Content-Type", type);
		const csrf = session.value?.csrf;
		if (csrf) xhr.setRequestHeader("X-Camherd-CSRF", csrf);
		xhr.upload.onprogress = (ev) => {
			if (ev.lengthComputable) told(ev.loaded / ev.total);
		};
		xhr.onerror = () => reject(new ApiError("unreachable", t("error.unreachable"), 0));
		xhr.onload = () => {
			try {
				const body = JSON.parse(xhr.responseText);
				if (xhr.status >= 200 && xhr.status < 300) resolve(body);
				else reject(new ApiError(body.error.code, body.error.message, xhr.status, 0, body.error.template, body.error.params, body.error.inner));
			} catch {
				reject(new ApiError(`http-${xhr.status}`, t("error.http", { status: String(xhr.status) }), xhr.status));
			}
		};
		xhr.send(file);
	});
}
