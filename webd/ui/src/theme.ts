// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded in <head> before anything is painted: sets the colours that the user chose, so
// that a dark page never flashes white. Also on the sign-in page.
const dark = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
	let wish: string | null = null;
	try {
		wish = localStorage.getItem("camherd.theme");
	} catch {
		// Storage is off: follow the system.
	}
	const theme = wish === "light" || wish === "dark" ? wish : dark.matches ? "dark" : "light";
	document.documentElement.dataset.theme = theme;
	document.querySelector('meta[name="theme-color"]')
		?.setAttribute("content", theme === "dark" ? "#101412" : "#f5f7f4");
}

apply();
dark.addEventListener("change", apply);
window.addEventListener("storage", apply);
window.addEventListener("camherd-theme", apply);
