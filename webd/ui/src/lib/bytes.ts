// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of one backup, fetched in pieces as they come into view. They never change,
// so a piece is fetched once; a bounded number is kept, in memory only: there are
// passwords in them.
import { type ApiError, asApiError, request } from "./api";
import { Store } from "./store";

const PIECE = 16384;
const KEPT = 128;
const WAIT_MS = 60;		/* a scroll bar that is dragged passes a lot */

export class Bytes {
	/** Counts what came; watch it to draw again. */
	readonly came = new Store(0);
	readonly error = new Store<ApiError | undefined>(undefined);
	private readonly pieces = new Map<number, Uint8Array>();
	private readonly asked = new Set<number>();
	private timer: number | undefined;
	private wish: [number, number] = [0, 0];

	constructor(readonly id: number, readonly size: number) {}

	/** The byte there, or undefined while it is not here. */
	at(offset: number): number | undefined {
		return this.pieces.get(Math.floor(offset / PIECE))?.[offset % PIECE];
	}

	/** Fetch what is missing between from and to; the last wish counts. */
	want(from: number, to: number): void {
		this.wish = [Math.max(0, from), Math.min(this.size, to)];
		this.timer ??= window.setTimeout(() => {
			this.timer = undefined;
			void this.fetch();
		}, WAIT_MS);
	}

	close(): void {
		clearTimeout(this.timer);
	}

	private async fetch(): Promise<void> {
		const [from, to] = this.wish;
		for (let i = Math.floor(from / PIECE); i * PIECE < to; i++) {
			const old = this.pieces.get(i);
			if (old) {
				// Used again: it goes last.
				this.pieces.delete(i);
				this.pieces.set(i, old);
			} else if (!this.asked.has(i)) {
				await this.piece(i);
			}
		}
	}

	private async piece(i: number): Promise<void> {
		this.asked.add(i);
		try {
			const at = i * PIECE;
			const n = Math.min(PIECE, this.size - at);
			this.pieces.set(i, await request<Uint8Array>("GET", `dumps/${this.id}/file`, { bytes: { at, n } }));
			this.error.set(undefined);
		} catch (e) {
			this.error.set(asApiError(e));
		} finally {
			this.asked.delete(i);
		}
		for (const first of this.pieces.keys()) {
			if (this.pieces.size <= KEPT) break;
			this.pieces.delete(first);
		}
		this.came.set(this.came.value + 1);
	}
}

/** "0x1f000", "1f000h", "126976" → a number; undefined for anything else. */
export function parseOffset(text: string): number | undefined {
	const word = text.trim().toLowerCase();
	const hex = /^(?:0x([0-9a-f]{1,8})|([0-9a-f]{1,8})h)$/.exec(word);
	if (hex) return parseInt(hex[1] ?? hex[2] ?? "", 16);
	return /^\d{1,10}$/.test(word) ? Number(word) : undefined;
}
