// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of one thing, each with an address of its own.
import { useEffect, useRef } from "preact/hooks";

export function Tabs({ label, now, tabs }: { label: string; now: string; tabs: { key: string; href: string; text: string }[] }) {
	const box = useRef<HTMLElement>(null);
	useEffect(() => {
		const chosen = box.current?.querySelector<HTMLElement>("[aria-current]");
		if (chosen && box.current) box.current.scrollLeft = chosen.offsetLeft - 24;
	}, [now]);
	return (
		<nav class="tabs" aria-label={label} ref={box}>
			{tabs.map((tab) => (
				<a key={tab.key} href={tab.href} aria-current={tab.key === now ? "page" : undefined}>{tab.text}</a>
			))}
		</nav>
	);
}
