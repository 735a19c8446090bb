// SPDX-License-Identifier: GPL-3.0-or-later
// A port's live console: lines and state as flashd tells them, while a page shows it.
import { Store } from "./store";
import type { Said } from "./types";

export interface ConsoleLine {
	n: number;
	at_ms: number;
	text: string;
	end: "full" | "cut" | "open";
	sent?: boolean;
	hex?: string;
}

export interface ConsoleState extends Said {
	state: "opening" | "open" | "busy" | "job" | "unplugged";
	baud: number;
	auto: boolean;
	verdict: "silent" | "garbage" | "readable";
	heard: { baud: number; bytes: number; text: number };
	code: string;
	message: string;
	sender: "none" | "you" | "other";
	job: number | null;
	print: { sdk: string; clock: string; flash: string; sensor: string; family: string; login: boolean; prompt: boolean };
}

export interface ConsoleView {
	lines: ConsoleLine[];
	state?: ConsoleState;
	/** The last thing that was not done, or why it ended. */
	trouble?: { message: string } & Partial<Said>;
	broken: boolean;
	/** Lines that came before and are no longer kept. */
	gap: number;
}

const LINES_MAX = 10000;
const SHOW_MS = 100;
const RETRY_MS = 1000;
const RETRY_MOST_MS = 15000;

/** Open it; close() ends it. The page is told at most ten times a second. */
export class Console {
	readonly view = new Store<ConsoleView>({ lines: [], broken: false, gap: 0 });
	private source: EventSource | undefined;
	private next: ConsoleView = { lines: [], broken: false, gap: 0 };
	private timer: number | undefined;
	private retry: number | undefined;
	private retryMs = RETRY_MS;

	constructor(private readonly path: string) {
		this.open();
	}

	close(): void {
		this.source?.close();
		clearTimeout(this.timer);
		clearTimeout(this.retry);
	}

	private open(): void {
		const source = new EventSource(`api/v1/ports/console?path=${encodeURIComponent(this.path)}`);
		this.source = source;
		// A connection that comes back begins with the kept lines again.
		source.onopen = () => {
			this.retryMs = RETRY_MS;
			this.change({ lines: [], state: undefined, broken: false, trouble: undefined, gap: 0 });
		};
		source.onerror = () => {
			this.change({ broken: true });
			// A browser gives up by itself where it was refused, as while flashd starts.
			if (source.readyState === EventSource.CLOSED) this.again();
		};
		source.onmessage = (ev: MessageEvent<string>) => this.take(ev.data);
	}

	private again(): void {
		clearTimeout(this.retry);
		this.retry = window.setTimeout(() => this.open(), this.retryMs);
		this.retryMs = Math.min(this.retryMs * 2, RETRY_MOST_MS);
	}

	/** What was not done is no news any more. */
	calm(): void {
		if (this.next.trouble !== undefined) this.change({ trouble: undefined });
	}

	clear(): void {
		this.change({ lines: [] });
	}

	private take(text: string): void {
		let doc: { event?: string } & Record<string, unknown>;
		try {
			doc = JSON.parse(text);
		} catch {
			return;
		}
		if (doc.event === "line") {
			this.next.lines.push(doc as unknown as ConsoleLine);
			this.change({});
		} else if (doc.event === "state") {
			this.change({ state: doc as unknown as ConsoleState });
		} else if (doc.event === "gap") {
			this.change({ gap: this.next.gap + Number(doc.lines) });
		} else if (doc.event === "error" || doc.event === "end") {
			this.change({ trouble: { message: "", ...doc } });
		}
	}

	private change(part: Partial<ConsoleView>): void {
		this.next = { ...this.next, ...part };
		this.timer ??= window.setTimeout(() => {
			this.timer = undefined;
			this.next.lines = this.next.lines.slice(-LINES_MAX);
			this.view.set({ ...this.next, lines: this.next.lines.slice() });
		}, SHOW_MS);
	}
}

/** The bytes of a line as rows of sixteen: "58 52 41 …  XRA…". */
export function asHex(line: ConsoleLine): string {
	const bytes = line.hex
		? (line.hex.match(/../g) ?? []).map((two) => parseInt(two, 16))
		: [...new TextEncoder().encode(line.text)];
	const rows: string[] = [];
	for (let at = 0; at < bytes.length; at += 16) {
		const row = bytes.slice(at, at + 16);
		const hex = row.map((b) => b.toString(16).padStart(2, "0")).join(" ");
		const text = row.map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ".")).join("");
		rows.push(`${hex.padEnd(47)}  ${text}`);
	}
	return rows.join("\n");
}

/** One line for a file: time, mark, text. */
export function asText(line: ConsoleLine): string {
	return `${new Date(line.at_ms).toISOString().slice(11, 23)} ${line.sent ? "> " : "  "}${line.text}`;
}

/** Without passwords, keys, names of networks, MAC addresses and long numbers. */
export function redacted(text: string): string {
	return text
		.replace(/\b((?:\w*_)?(?:ssid|psk|pass|pwd|key|secret|token|uid|did|serial|login|user)\w*[ "']*[:=][ "'=]*)([^,;"']+)/gi, "$1***")
		.replace(/\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b/gi, "***")
		.replace(/\b[0-9a-f]{12,}\b/gi, "***");
}
