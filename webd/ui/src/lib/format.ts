// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as people read them.
import { language, number, t } from "./i18n";

export function bytes(n: number): string {
	if (n >= 2 ** 30) return `${number(n / 2 ** 30, n >= 100 * 2 ** 30 ? 0 : 1)} GiB`;
	if (n >= 1 << 20) return `${number(n / (1 << 20), n % (1 << 20) === 0 ? 0 : 1)} MiB`;
	if (n >= 1 << 10) return `${number(n / (1 << 10), n % (1 << 10) === 0 || n >= 100 << 10 ? 0 : 1)} KiB`;
	return `${number(n)} B`;
}

export function rate(bytesPerS: number): string {
	return t("format.per-second", { amount: bytes(bytesPerS) });
}

export function bits(n: number): string {
	if (n >= 1e6) return `${number(n / 1e6, 1)} Mbit/s`;
	return `${number(n / 1e3)} kbit/s`;
}

/** 75 → "1 min 15 s" */
export function duration(seconds: number): string {
	const s = Math.max(0, Math.round(seconds));
	if (s < 60) return t("format.seconds", { n: number(s) });
	if (s < 3600) return t("format.minutes", { m: number(Math.floor(s / 60)), s: number(s % 60) });
	return t("format.hours", { h: number(Math.floor(s / 3600)), m: number(Math.floor((s % 3600) / 60)) });
}

/** How long ago, from an age in seconds: "0.4 s ago", "3 days ago". */
export function ago(seconds: number): string {
	// Nobody knows: a page must not fall over it.
	if (!Number.isFinite(seconds)) return "–";
	if (seconds < 10) return t("format.ago-short", { n: number(Math.max(0, seconds), 1) });
	const form = new Intl.RelativeTimeFormat(language.value, { numeric: "always", style: "short" });
	if (seconds < 90) return form.format(-Math.round(seconds), "second");
	if (seconds < 5400) return form.format(-Math.round(seconds / 60), "minute");
	if (seconds < 129600) return form.format(-Math.round(seconds / 3600), "hour");
	return form.format(-Math.round(seconds / 86400), "day");
}

export function since(unixS: number): string {
	const age = Date.now() / 1000 - unixS;
	if (age < 10) return t("format.just-now");
	return ago(age);
}

export function clock(ms: number): string {
	return new Intl.DateTimeFormat(language.value, { timeStyle: "medium" }).format(ms);
}

export function moment(unixS: number): string {
	return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(unixS * 1000);
}

/** The hour of it, with the day when that is another one than the day of `beside`. */
export function timeBeside(unixS: number, besideS: number): string {
	const [at, beside] = [new Date(unixS * 1000), new Date(besideS * 1000)];
	if (at.toDateString() !== beside.toDateString()) return moment(unixS);
	return new Intl.DateTimeFormat(language.value, { timeStyle: "short" }).format(at);
}

export function hex(n: number, width = 0): string {
	return `0x${n.toString(16).padStart(width, "0")}`;
}

/** Where a part of a flash stands on a bar to scale. */
export function place(part: { offset: number; size: number }, whole: number): { left: string; width: string } {
	return { left: `${(part.offset / whole) * 100}%`, width: `${(part.size / whole) * 100}%` };
}

/** d0:12:34:56:7a:1c → d0:••:••:••:7a:1c, as it is shown until asked for. */
function masked(mac: string): string {
	const part = mac.split(":");
	if (part.length !== 6) return mac.replace(/[0-9a-f]/gi, "•");
	return [part[0], "••", "••", "••", "••", part[5]].join(":");
}

/** A log without what would tell one device or network from others. */
export function maskedLog(text: string): string {
	return text
		.replace(/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/gi, masked)
		.replace(/\b(chip_id: *[0-9a-f]{4})[0-9a-f]+/gi, "$1••••");
}
