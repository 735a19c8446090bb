# webd/ui: the page. npm builds it in the source folder (webd/ui/dist); a tarball carries
# it ready-made, newer than its sources, so that it builds without Node. The stamp
# .built stands for all built files.
ui = $(srcdir)/%D%

# A language is a file, or two: all that are there are built, installed and shipped.
ui_langs = $(wildcard $(ui)/lang/*.json)

ui_sources = \
	%D%/.npmrc \
	%D%/build.mjs \
	%D%/package-lock.json \
	%D%/package.json \
	%D%/tsconfig.json \
	%D%/messages.mjs \
	$(ui_langs) \
	%D%/src/app.tsx \
	%D%/src/icon.svg \
	%D%/src/index.html \
	%D%/src/lib/api.ts \
	%D%/src/lib/bytes.ts \
	%D%/src/lib/console.ts \
	%D%/src/lib/data.ts \
	%D%/src/lib/events.ts \
	%D%/src/lib/format.ts \
	%D%/src/lib/herd.ts \
	%D%/src/lib/hooks.ts \
	%D%/src/lib/i18n.ts \
	%D%/src/lib/jpeg.ts \
	%D%/src/lib/keys.ts \
	%D%/src/lib/live-slots.ts \
	%D%/src/lib/resource.ts \
	%D%/src/lib/router.ts \
	%D%/src/lib/said.ts \
	%D%/src/lib/store.ts \
	%D%/src/lib/types.ts \
	%D%/src/main.tsx \
	%D%/src/pages/bench.tsx \
	%D%/src/pages/bin.tsx \
	%D%/src/pages/camera-form.tsx \
	%D%/src/pages/camera.tsx \
	%D%/src/pages/dump-bytes.tsx \
	%D%/src/pages/dump-cameras.tsx \
	%D%/src/pages/dump-diff.tsx \
	%D%/src/pages/dump-found.tsx \
	%D%/src/pages/dump-text.tsx \
	%D%/src/pages/dump.tsx \
	%D%/src/pages/dumps.tsx \
	%D%/src/pages/fleet.tsx \
	%D%/src/pages/gate.tsx \
	%D%/src/pages/job.tsx \
	%D%/src/pages/jobs.tsx \
	%D%/src/pages/login.tsx \
	%D%/src/pages/people.tsx \
	%D%/src/pages/port.tsx \
	%D%/src/pages/sessions.tsx \
	%D%/src/pages/settings-about.tsx \
	%D%/src/pages/settings-archive.tsx \
	%D%/src/pages/settings-doctor.tsx \
	%D%/src/pages/settings-machine.tsx \
	%D%/src/pages/settings-storage.tsx \
	%D%/src/pages/rescue.tsx \
	%D%/src/pages/rescues.tsx \
	%D%/src/pages/settings.tsx \
	%D%/src/pages/setup.tsx \
	%D%/src/pages/write.tsx \
	%D%/src/parts/ages.tsx \
	%D%/src/parts/banners.tsx \
	%D%/src/parts/basics.tsx \
	%D%/src/parts/bench-tools.tsx \
	%D%/src/parts/bulk.tsx \
	%D%/src/parts/camera-card.tsx \
	%D%/src/parts/choices.tsx \
	%D%/src/parts/confirm.tsx \
	%D%/src/parts/console-pane.tsx \
	%D%/src/parts/controls.tsx \
	%D%/src/parts/dialog.tsx \
	%D%/src/parts/diff-port.tsx \
	%D%/src/parts/dump-rows.tsx \
	%D%/src/parts/find-cameras.tsx \
	%D%/src/parts/flash-map.tsx \
	%D%/src/parts/header.tsx \
	%D%/src/parts/hex-view.tsx \
	%D%/src/parts/history.tsx \
	%D%/src/parts/home-assistant.tsx \
	%D%/src/parts/icon.tsx \
	%D%/src/parts/job-panel.tsx \
	%D%/src/parts/job-rows.tsx \
	%D%/src/parts/job-words.tsx \
	%D%/src/parts/key-help.tsx \
	%D%/src/parts/live.tsx \
	%D%/src/parts/mac.tsx \
	%D%/src/parts/notes.tsx \
	%D%/src/parts/password.tsx \
	%D%/src/parts/photos.tsx \
	%D%/src/parts/port-words.ts \
	%D%/src/parts/probes.tsx \
	%D%/src/parts/progress.tsx \
	%D%/src/parts/remove-dump.tsx \
	%D%/src/parts/room.tsx \
	%D%/src/parts/secret.tsx \
	%D%/src/parts/share-dialog.tsx \
	%D%/src/parts/tabs.tsx \
	%D%/src/parts/thumb.tsx \
	%D%/src/parts/tls.tsx \
	%D%/src/parts/to-rescue.tsx \
	%D%/src/parts/trial.tsx \
	%D%/src/parts/urls.tsx \
	%D%/src/parts/write-image.tsx \
	%D%/src/parts/write-plan.tsx \
	%D%/src/rescue/ask.tsx \
	%D%/src/rescue/drawings.tsx \
	%D%/src/rescue/find.tsx \
	%D%/src/rescue/image.tsx \
	%D%/src/rescue/parts.tsx \
	%D%/src/rescue/live.tsx \
	%D%/src/rescue/report.tsx \
	%D%/src/rescue/start.tsx \
	%D%/src/rescue/steps.ts \
	%D%/src/rescue/task.tsx \
	%D%/src/rescue/wire.tsx \
	%D%/src/rooms/tools.tsx \
	%D%/src/style/app.css \
	%D%/src/style/base.css \
	%D%/src/style/colours.css \
	%D%/src/style/console.css \
	%D%/src/style/dumps.css \
	%D%/src/style/forms.css \
	%D%/src/style/frame.css \
	%D%/src/style/herd.css \
	%D%/src/style/pages.css \
	%D%/src/style/parts.css \
	%D%/src/style/photos.css \
	%D%/src/style/rescue.css \
	%D%/src/theme.ts

ui_built = \
	$(ui)/dist/index.html \
	$(ui)/dist/app.js \
	$(ui)/dist/app.js.gz \
	$(ui)/dist/shared.js \
	$(ui)/dist/shared.js.gz \
	$(ui)/dist/tools.js \
	$(ui)/dist/tools.js.gz \
	$(ui)/dist/app.css \
	$(ui)/dist/app.css.gz \
	$(ui)/dist/licences.json \
	$(ui)/dist/theme.js \
	$(ui)/dist/icon.svg
ui_built_lang = \
	$(patsubst $(ui)/lang/%,$(ui)/dist/lang/%,$(ui_langs)) \
	$(patsubst $(ui)/lang/%,$(ui)/dist/lang/%.gz,$(ui_langs)) \
	$(patsubst $(ui)/lang/%.json,$(ui)/dist/lang/%.more.json,$(filter-out %.messages.json,$(ui_langs))) \
	$(patsubst $(ui)/lang/%.json,$(ui)/dist/lang/%.more.json.gz,$(filter-out %.messages.json,$(ui_langs)))

EXTRA_DIST += $(ui_sources) $(ui)/.built %D%/README.md
wwwdir = $(pkgdatadir)/www
dist_www_DATA = $(ui_built)
wwwlangdir = $(wwwdir)/lang
dist_wwwlang_DATA = $(ui_built_lang)

if HAVE_NPM
$(ui)/.built: $(ui_sources)
	$(AM_V_GEN)cd $(ui) && rm -f .built && \
	{ test node_modules/.camherd-stamp -nt package-lock.json || \
	  { $(NPM) ci --loglevel=error >&2 && touch node_modules/.camherd-stamp; }; } && \
	$(NPM) run --silent check && $(NPM) run --silent build && touch .built

$(ui_built) $(ui_built_lang): $(ui)/.built
	@test -f $@ || { rm -f $(ui)/.built && $(MAKE) $(AM_MAKEFLAGS) $(ui)/.built; }
endif

# The page is only the page's: removed by those who can make it again.
maintainer-clean-local:
	-rm -rf $(ui)/dist $(ui)/.built $(ui)/node_modules
