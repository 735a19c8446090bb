// SPDX-License-Identifier: GPL-3.0-or-later
// Start of the page: words first, then who is signed in, then the route's page.
import { render } from "preact";
import { App } from "./app";
import { loadSession } from "./lib/api";
import { loadLanguage } from "./lib/i18n";

async function start(): Promise<void> {
	const root = document.getElementById("app")!;
	try {
		await loadLanguage();
	} catch {
		root.textContent = "The words of this page (lang/en.json) could not be loaded. Reload the page.";
		return;
	}
	void loadSession();
	render(<App />, root);
}

void start();
