// SPDX-License-Identifier: GPL-3.0-or-later
// What a USB port and its adapter are called, and what went wrong on it.
import { ports } from "../lib/data";
import { number, plural } from "../lib/i18n";
import { useResource } from "../lib/resource";
import type { Port } from "../lib/types";
import { shortPath } from "./job-words";

/** "QinHeng USB Serial 1a86:7523", without the maker twice; its serial number behind. */
export function adapterName(port: Port): string {
	const twice = port.product.toLowerCase().startsWith(port.vendor.toLowerCase());
	return [twice ? "" : port.vendor, port.adapter, port.serial].filter(Boolean).join(" ");
}

/** The name of the socket at this path, else the path's end. */
export function usePortName(path: string): string {
	const known = useResource(ports()).value?.ports.find((p) => p.path === path);
	return known?.name || shortPath(path);
}

/** "3 framing errors, 12 retries"; "" when all went well. */
export function faults(port: Port): string {
	const e = port.errors;
	return ([
		["port.fault.framing", e.framing],
		["port.fault.overrun", e.overrun],
		["port.fault.parity", e.parity],
		["port.fault.break", e.break],
		["port.fault.retries", e.retries],
	] as const).filter(([, n]) => n > 0).map(([key, n]) => plural(key, n, { n: number(n) })).join(", ");
}
