// SPDX-License-Identifier: GPL-3.0-or-later
// Choices of this browser: light or dark, language.
import { useState } from "preact/hooks";
import { chooseLanguage, language, languages, t } from "../lib/i18n";
import { recall, remember, useStore } from "../lib/store";

const themes = ["auto", "light", "dark"] as const;

export function ThemeChoice() {
	const [theme, setTheme] = useState(recall("theme") ?? "auto");
	const choose = (next: string) => {
		remember("theme", next === "auto" ? null : next);
		setTheme(next);
		window.dispatchEvent(new Event("camherd-theme"));
	};
	return (
		<label class="choice">
			<span>{t("theme.label")}</span>
			<select value={theme} onChange={(ev) => choose(ev.currentTarget.value)}>
				{themes.map((name) => <option key={name} value={name}>{t(`theme.${name}`)}</option>)}
			</select>
		</label>
	);
}

export function LanguageChoice() {
	const now = useStore(language);
	if (Object.keys(languages).length < 2) return null;
	return (
		<label class="choice">
			<span>{t("language.label")}</span>
			<select value={now} onChange={(ev) => void chooseLanguage(ev.currentTarget.value)}>
				{Object.entries(languages).map(([code, name]) => (
					<option key={code} value={code} lang={code}>{name}</option>
				))}
			</select>
		</label>
	);
}
