// SPDX-License-Identifier: GPL-3.0-or-later
// Icons are drawn here as strokes on a 24 × 24 grid; they never carry meaning alone.

const shapes = {
	camera: "M3 8.5A2.5 2.5 0 0 1 5.5 6h9A2.5 2.5 0 0 1 17 8.5v7a2.5 2.5 0 0 1-2.5 2.5h-9A2.5 2.5 0 0 1 3 15.5zM17 10.5l4-2.5v8l-4-2.5",
	usb: "M12 21V4M12 4 9.5 7M12 4l2.5 3M12 16l-5-3v-2.5M12 13l5-3V7.5M7 10.5V9M15.5 5h3v2.5h-3z",
	chip: "M8 8h8v8H8zM10 8V4M14 8V4M10 20v-4M14 20v-4M8 10H4M8 14H4M20 10h-4M20 14h-4",
	archive: "M4 4.5h16v4H4zM5.5 8.5v9A2 2 0 0 0 7.5 19.5h9a2 2 0 0 0 2-2v-9M10 12.5h4",
	list: "M4 6h2M4 12h2M4 18h2M9.5 6H20M9.5 12H20M9.5 18H20",
	gear: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 2.8v2.7M12 18.5v2.7M2.8 12h2.7M18.5 12h2.7M5.5 5.5l1.9 1.9M16.6 16.6l1.9 1.9M18.5 5.5l-1.9 1.9M7.4 16.6l-1.9 1.9",
	check: "M5 12.5l4.5 4.5L19 7.5",
	cross: "M6.5 6.5l11 11M17.5 6.5l-11 11",
	warn: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2",
	clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
	copy: "M9 9h10v10H9zM5 15V5h10",
	download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14",
	upload: "M12 16V5M7.5 9.5 12 5l4.5 4.5M5 19.5h14",
	plus: "M12 5v14M5 12h14",
	search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
	pause: "M8.5 5.5v13M15.5 5.5v13",
	play: "M7.5 5v14l11-7z",
	expand: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
	dot: "M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10z",
	ring: "M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
	off: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.7 5.7l12.6 12.6",
	user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
	sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4",
	moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
	hand: "M8 12V6a1.5 1.5 0 0 1 3 0v5M11 10.5V4.5a1.5 1.5 0 0 1 3 0v6M14 11V6a1.5 1.5 0 0 1 3 0v8.5c0 4-2.5 6-5.5 6-3.5 0-4.8-2-6.6-5.2L4 13.5c-.8-1.6 1-2.7 2.2-1.4L8 14",
	eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
	link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
	buoy: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5.7 5.7l3.8 3.8M14.500 14.500l3.800 3.800M18.300 5.700l-3.800 3.800M9.500 14.500l-3.800 3.800",
	back: "M14.500 5.500 8 12l6.500 6.500",
	info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.500M12 7.500v.2",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
	return (
		<svg class={`icon icon-${name}`} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
			<path d={shapes[name]} />
		</svg>
	);
}

export function Mark({ size = 28 }: { size?: number }) {
	return (
		<svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" class="mark">
			<path class="mark-horn" d="M4 5c0 4 2.2 6.6 6 7.6M28 5c0 4-2.2 6.6-6 7.6" />
			<circle class="mark-body" cx="16" cy="18" r="11" />
			<circle class="mark-ring" cx="16" cy="18" r="6.2" />
			<circle class="mark-lens" cx="16" cy="18" r="3.6" />
			<circle class="mark-ring" cx="17.6" cy="16.4" r="1.2" />
		</svg>
	);
}
